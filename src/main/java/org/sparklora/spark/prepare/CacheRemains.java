package org.sparklora.spark.prepare;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.sparklora.data.BadImageTable;
import org.sparklora.data.cache.CacheFile;

/** Cleans a cache's folder of the remains of unfinished attempts. */
final class CacheRemains {
  private static final String PART = "part-";
  private static final Pattern HALF_WRITTEN = Pattern.compile("\\..+\\.part");
  private static final Duration ABANDONED = Duration.ofDays(1);

  private CacheRemains() {}

  /**
   * Deletes files in a finished cache's folder that do not belong to the cache and were not touched
   * for a day. Younger ones may belong to another run that is just writing.
   *
   * @param ranges of which the cache is made
   */
  static void delete(String location, List<EncodedRange> ranges, Configuration configuration)
      throws IOException {
    Set<String> files =
        ranges.stream()
            .flatMap(range -> range.files().stream().map(CacheFile::name))
            .collect(Collectors.toSet());
    Set<String> badImageFiles =
        ranges.stream().map(range -> range.name() + ".parquet").collect(Collectors.toSet());
    deleteOthers(new Path(location), files, configuration);
    deleteOthers(new Path(location, BadImageTable.FOLDER), badImageFiles, configuration);
    deleteOthers(new Path(location, FinishedRanges.FOLDER), Set.of(), configuration);
  }

  private static void deleteOthers(Path folder, Set<String> kept, Configuration configuration)
      throws IOException {
    long before = Instant.now().minus(ABANDONED).toEpochMilli();
    FileSystem fileSystem = folder.getFileSystem(configuration);
    try {
      RemoteIterator<FileStatus> files = fileSystem.listStatusIterator(folder);
      while (files.hasNext()) {
        FileStatus file = files.next();
        String name = file.getPath().getName();
        boolean remains =
            name.startsWith(PART) ? !kept.contains(name) : HALF_WRITTEN.matcher(name).matches();
        if (remains && file.getModificationTime() < before) {
          fileSystem.delete(file.getPath(), false);
        }
      }
    } catch (FileNotFoundException e) {
      // No row was left out.
    }
  }
}
