package org.sparklora.hub.publish;

import java.util.Optional;

/**
 * The hub's settings of a training run.
 *
 * @param cacheDir {@code --cache_dir}; empty for each machine's own cache
 * @param publish {@code --push_to_hub} and its target; empty when nothing is published
 */
public record HubConfig(Optional<String> cacheDir, Optional<PublishConfig> publish) {
  /** The same settings with the repository's full id. */
  public HubConfig publishedAs(Optional<String> id) {
    return new HubConfig(
        cacheDir,
        publish.map(to -> new PublishConfig(id.or(to::modelId), to.token(), to.privateRepo())));
  }
}
