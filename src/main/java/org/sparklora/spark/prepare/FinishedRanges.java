package org.sparklora.spark.prepare;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.store.StoreFile;

/**
 * The ranges that are done. Each is noted in a small file, so that later attempts, later runs and
 * runs at the same time do not encode it again.
 */
final class FinishedRanges {
  private static final Logger LOG = LoggerFactory.getLogger(FinishedRanges.class);
  static final String FOLDER = "ranges";

  private final String location;
  private final Configuration configuration;

  FinishedRanges(String location, Configuration configuration) {
    this.location = location;
    this.configuration = configuration;
  }

  /** The files of a range; empty if it is not done, or if its files are gone. */
  Optional<EncodedRange> find(int number) throws IOException {
    Optional<byte[]> json = StoreFile.of(note(number), configuration).read();
    if (json.isEmpty()) {
      return Optional.empty();
    }
    Optional<EncodedRange> range = parse(json.get());
    FileSystem files = note(number).getFileSystem(configuration);
    if (range.isEmpty()) {
      LOG.warn("{} is damaged: encoding its range again", note(number));
      files.delete(note(number), false);
      return range;
    }
    for (CacheFile file : range.get().files()) {
      try {
        if (files.getFileStatus(new Path(location, file.name())).getLen() == file.length()) {
          continue;
        }
      } catch (FileNotFoundException e) {
        // Somebody cleared the folder by hand.
      }
      files.delete(note(number), false);
      return Optional.empty();
    }
    return range;
  }

  /**
   * Notes that a range is done.
   *
   * @return the range that counts from now on: this one, or that of somebody who was faster
   */
  EncodedRange finish(int number, EncodedRange range) throws IOException {
    byte[] json = range.toJson().getBytes(StandardCharsets.UTF_8);
    byte[] stored =
        StoreFile.of(note(number), configuration)
            .writeOnce(json, there -> parse(there).isPresent());
    return parse(stored).orElseThrow();
  }

  private static Optional<EncodedRange> parse(byte[] json) {
    return EncodedRange.parse(new String(json, StandardCharsets.UTF_8));
  }

  private Path note(int number) {
    return new Path(new Path(location, FOLDER), String.format(Locale.ROOT, "%06d.json", number));
  }
}
