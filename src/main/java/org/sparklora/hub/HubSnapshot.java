package org.sparklora.hub;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of a commit. Each is downloaded when it is asked for, unless the cache has it. Several
 * threads may use an instance.
 */
final class HubSnapshot {
  private static final Logger LOG = LoggerFactory.getLogger(HubSnapshot.class);

  private final HubApi api;
  private final HubCache cache;
  private final String commit;
  private NavigableMap<String, HubFile> files;

  HubSnapshot(HubApi api, HubCache cache, String commit) {
    this.api = api;
    this.cache = cache;
    this.commit = commit;
  }

  /**
   * All files that may be needed, by path. If the hub cannot be reached, these are the files that
   * were downloaded before.
   *
   * @throws HubException when there are none
   */
  synchronized NavigableMap<String, HubFile> files() throws IOException {
    if (files == null) {
      TreeMap<String, HubFile> found = new TreeMap<>();
      NeededFiles.of(list()).forEach(file -> found.put(file.path(), file));
      files = Collections.unmodifiableNavigableMap(found);
    }
    return files;
  }

  private List<HubFile> list() throws IOException {
    List<HubFile> downloaded = cache.files(commit);
    if (!api.settings().offline()) {
      try {
        return api.files(cache.repo(), commit);
      } catch (HubException e) {
        if (e.reason() != HubException.Reason.UNREACHABLE || downloaded.isEmpty()) {
          throw e;
        }
        LOG.warn("{}; going on with what was downloaded of {}", e.getMessage(), describe());
      }
    }
    if (downloaded.isEmpty()) {
      throw HubRevisions.notInCache(api.settings(), cache, describe());
    }
    return downloaded;
  }

  /** A file in the cache, without asking the hub. */
  Optional<HubFile> cached(String path) throws IOException {
    Path local = cache.file(commit, path);
    if (!Files.isRegularFile(local)) {
      return Optional.empty();
    }
    return Optional.of(new HubFile(path, Files.size(local), HubCache.etag(local)));
  }

  /** A file, if there is one of that path. */
  Optional<HubFile> file(String path) throws IOException {
    Optional<HubFile> cached = cached(path);
    return cached.isPresent() ? cached : Optional.ofNullable(files().get(path));
  }

  /**
   * A file on this machine with the content.
   *
   * @throws HubException when it cannot be downloaded
   */
  Path local(String path) throws IOException {
    Path local = cache.file(commit, path);
    if (Files.isRegularFile(local)) {
      return local;
    }
    HubFile file = files().get(path);
    if (file == null) {
      throw new HubException(
          HubException.Reason.MISSING, "Missing file " + path + " in " + describe());
    }
    if (api.settings().offline()) {
      throw HubRevisions.notInCache(api.settings(), cache, path + " of " + describe());
    }
    return new HubDownload(api, cache, commit, file).run();
  }

  private String describe() {
    return cache.repo().id() + " at " + commit;
  }
}
