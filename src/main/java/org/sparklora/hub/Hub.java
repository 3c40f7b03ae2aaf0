package org.sparklora.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.util.InvalidInputException;

/** Reads from the hub for this process, and remembers commits and lists of files. */
public final class Hub {
  /** Lists of files, asked for once a process, because a commit's list never changes. */
  private static final Map<Key, HubSnapshot> SNAPSHOTS = new ConcurrentHashMap<>();

  /**
   * Commits of branches, asked for once a process, so that a command sees only one commit of a
   * branch.
   */
  private static final Map<Key, String> COMMITS = new ConcurrentHashMap<>();

  private record Key(
      String endpoint,
      Path cache,
      boolean offline,
      Optional<HubToken> token,
      HubRepo repo,
      String revision) {}

  private final HubSettings settings;
  private final HubApi api;

  Hub(HubSettings settings) {
    this.settings = settings;
    this.api = HubApi.of(settings);
  }

  static Hub of(Configuration hadoop) {
    return new Hub(HubSettings.of(System.getenv(), hadoop));
  }

  /**
   * A location whose content does not change. On the hub it names the commit that the revision is
   * now. Other locations are returned unchanged.
   *
   * @throws InvalidInputException when the hub has no such repository or revision, or when the hub
   *     cannot be reached and the cache does not have it
   */
  public static String pin(String location, Configuration hadoop) {
    if (!HubUri.isHub(location)) {
      return location;
    }
    try {
      HubUri place = HubUri.parse(location);
      Hub hub = of(hadoop);
      String commit = new HubRevisions(hub.api).commit(place);
      COMMITS.put(hub.key(place), commit);
      return place.at(commit).toString();
    } catch (HubException e) {
      throw e.asInvalidInput();
    } catch (IllegalArgumentException e) {
      throw InvalidInputException.configuration(e.getMessage());
    } catch (IOException e) {
      throw InvalidInputException.resources(
          "Cannot use the hub's cache: " + e + "; check --cache_dir or HF_HOME");
    }
  }

  /**
   * A folder on this machine with all files of a place on the hub, for code that reads plain files.
   *
   * @throws InvalidInputException as {@link #pin} does, and when a file cannot be downloaded
   */
  public static Path folder(String location, Configuration hadoop) {
    HubUri place = HubUri.parse(pin(location, hadoop));
    try {
      Hub hub = of(hadoop);
      HubSnapshot snapshot = hub.snapshot(place);
      for (String file : snapshot.files().keySet()) {
        if (place.path().isEmpty() || (file + "/").startsWith(place.path() + "/")) {
          snapshot.local(file);
        }
      }
      return new HubCache(hub.settings.cache(), place.repo())
          .snapshot(place.revision())
          .resolve(place.path());
    } catch (HubException e) {
      throw e.asInvalidInput();
    } catch (IOException e) {
      throw InvalidInputException.resources("Cannot use the hub's cache: " + e);
    }
  }

  HubSnapshot snapshot(HubUri place) throws IOException {
    String commit = place.isPinned() ? place.revision() : commit(place);
    return SNAPSHOTS.computeIfAbsent(
        key(place.at(commit)),
        key -> new HubSnapshot(api, new HubCache(settings.cache(), place.repo()), commit));
  }

  private String commit(HubUri place) throws IOException {
    Optional<String> known = Optional.ofNullable(COMMITS.get(key(place)));
    if (known.isPresent()) {
      return known.get();
    }
    String commit = new HubRevisions(api).commit(place);
    COMMITS.put(key(place), commit);
    return commit;
  }

  private Key key(HubUri place) {
    return new Key(
        settings.endpoint().toString(),
        settings.cache(),
        settings.offline(),
        settings.token(),
        place.repo(),
        place.revision());
  }
}
