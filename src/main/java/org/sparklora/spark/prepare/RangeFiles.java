package org.sparklora.spark.prepare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.BadImageTable;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.data.cache.LatentCacheWriter;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.row.BadImage;

/**
 * The files that one attempt writes for a range: one for each size of latents, and one for the rows
 * that were left out.
 */
final class RangeFiles implements AutoCloseable {
  /** The number of bad rows that a result names. */
  static final int NAMED_BAD_IMAGES = 5;

  private final String location;
  private final String name;
  private final Configuration configuration;
  private final Map<String, LatentCacheWriter> writers = new TreeMap<>();
  private final List<BadImage> bad = new ArrayList<>();

  RangeFiles(String location, int number, Configuration configuration) {
    this.location = location;
    this.name = String.format(Locale.ROOT, "part-%06d-%s", number, UUID.randomUUID());
    this.configuration = configuration;
  }

  void write(LatentSample sample) throws IOException {
    Posterior latents = sample.latents();
    String size = latents.width() + "x" + latents.height();
    LatentCacheWriter writer = writers.get(size);
    if (writer == null) {
      String file = name + "-" + size + ".parquet";
      writers.put(size, new LatentCacheWriter(location, file, sample, configuration));
    } else {
      writer.write(sample);
    }
  }

  void leaveOut(BadImage image) {
    bad.add(image);
  }

  EncodedRange finish() throws IOException {
    List<CacheFile> files = new ArrayList<>();
    for (LatentCacheWriter writer : writers.values()) {
      files.add(writer.finish());
    }
    if (!bad.isEmpty()) {
      BadImageTable.write(location, name + ".parquet", bad, configuration);
    }
    List<BadImage> named = bad.subList(0, Math.min(bad.size(), NAMED_BAD_IMAGES));
    return new EncodedRange(name, files, bad.size(), named);
  }

  /** Deletes the files, because another attempt was faster. */
  void delete() throws IOException {
    FileSystem files = new Path(location).getFileSystem(configuration);
    for (LatentCacheWriter writer : writers.values()) {
      files.delete(writer.path(), false);
    }
    files.delete(new Path(new Path(location, BadImageTable.FOLDER), name + ".parquet"), false);
  }

  @Override
  public void close() throws IOException {
    for (LatentCacheWriter writer : writers.values()) {
      writer.close();
    }
  }
}
