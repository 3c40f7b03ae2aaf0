package org.sparklora.data.cache;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;

/**
 * Folders of this machine where row groups of remote caches may be kept.
 *
 * @param folders on different disks; the end of the process deletes them
 */
public record LocalFolders(List<Path> folders) {
  /** No folder: what is read from a store is kept in memory only. */
  public static final LocalFolders NONE = new LocalFolders(List.of());

  /** Hadoop's setting for the most bytes that a process keeps of a cache; 0 for none. */
  static final String MOST_BYTES = "sparklora.latents.local.bytes";

  private static final long USUAL_BYTES = 32L << 30;

  /** A tier for a cache; empty for one that is on this machine's own file system. */
  Optional<LocalTier> tier(org.apache.hadoop.fs.Path cache, Configuration configuration) {
    String scheme = cache.toUri().getScheme();
    boolean local =
        "file"
            .equals(
                scheme == null
                    ? org.apache.hadoop.fs.FileSystem.getDefaultUri(configuration).getScheme()
                    : scheme);
    long most = configuration.getLong(MOST_BYTES, USUAL_BYTES);
    if (local || most <= 0 || folders.isEmpty()) {
      return Optional.empty();
    }
    String name = "latents-" + UUID.randomUUID();
    return Optional.of(
        new LocalTier(folders.stream().map(folder -> folder.resolve(name)).toList(), most));
  }
}
