package org.sparklora.hub;

import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the commit that a revision is now. */
record HubRevisions(HubApi api) {
  private static final Logger LOG = LoggerFactory.getLogger(HubRevisions.class);

  /**
   * Asks the hub for the commit and remembers it. If the hub cannot be reached, the remembered
   * commit is used.
   *
   * @throws HubException when there is none
   */
  String commit(HubUri place) throws IOException {
    if (place.isPinned()) {
      return place.revision();
    }
    HubCache cache = new HubCache(api.settings().cache(), place.repo());
    Optional<String> remembered = cache.commit(place.revision());
    if (api.settings().offline()) {
      return remembered.orElseThrow(
          () -> notInCache(api.settings(), cache, place.repo().id() + "@" + place.revision()));
    }
    try {
      String commit = api.commit(place.repo(), place.revision());
      cache.remember(place.revision(), commit);
      return commit;
    } catch (HubException e) {
      if (e.reason() != HubException.Reason.UNREACHABLE || remembered.isEmpty()) {
        throw e;
      }
      LOG.warn("{}; going on with commit {}", e.getMessage(), remembered.get());
      return remembered.get();
    }
  }

  static HubException notInCache(HubSettings settings, HubCache cache, String what) {
    return new HubException(
        HubException.Reason.LOCAL,
        "Missing "
            + what
            + " in the cache "
            + cache.root()
            + (settings.offline()
                ? ": HF_HUB_OFFLINE is set, so nothing is downloaded; unset it, or download it"
                    + " before"
                : ""));
  }
}
