package org.sparklora.hub.publish;

import java.util.Optional;

/**
 * What a training run is told of the hub.
 *
 * @param cacheDir {@code --cache_dir}; empty for each machine's own
 * @param publish {@code --push_to_hub} and where to; empty when nothing is published
 */
public record HubConfig(Optional<String> cacheDir, Optional<PublishConfig> publish) {
  /** The same with the repository's whole id. */
  public HubConfig publishedAs(Optional<String> id) {
    return new HubConfig(
        cacheDir,
        publish.map(to -> new PublishConfig(id.or(to::modelId), to.token(), to.privateRepo())));
  }
}
