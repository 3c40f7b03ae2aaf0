package org.sparklora.data.cache;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.sparklora.data.parquet.ParquetOutput;

/**
 * Writes one file of a latent cache. Row groups are small, so that reading a random sample is one
 * small read. Pages are smaller, and all columns begin them at the same row, so that a sample of a
 * large cache is read without its row group. Nothing is compressed, because latents look like noise
 * to a compressor.
 */
public final class LatentCacheWriter implements AutoCloseable {
  private static final long ROW_GROUP_BYTES = 1 << 20;
  private static final long PAGE_BYTES = 1 << 16;

  private final Path path;
  private final Configuration configuration;
  private final long firstId;
  private final int height;
  private final int width;
  private final ParquetWriter<Group> writer;
  private long lastId;

  /**
   * Opens a file for samples like the first one, and writes the first one.
   *
   * @param location the cache's folder
   * @param name of the file; no other attempt uses it
   */
  public LatentCacheWriter(
      String location, String name, LatentSample first, Configuration configuration)
      throws IOException {
    this.path = new Path(location, name);
    this.configuration = configuration;
    this.firstId = first.id();
    this.height = first.latents().height();
    this.width = first.latents().width();
    this.lastId = first.id();
    long bytes = LatentSchema.rawBytes(first);
    int samplesPerGroup = Math.toIntExact(Math.max(1, ROW_GROUP_BYTES / bytes));
    int samplesPerPage = Math.toIntExact(Math.max(1, PAGE_BYTES / bytes));
    ExampleParquetWriter.Builder builder =
        ExampleParquetWriter.builder(ParquetOutput.file(path, configuration))
            .withType(LatentSchema.TYPE)
            .withConf(configuration)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withDictionaryEncoding(false)
            .withRowGroupRowCountLimit(samplesPerGroup)
            .withPageRowCountLimit(samplesPerPage)
            .withMinRowCountForPageSizeCheck(samplesPerPage)
            .withExtraMetaData(Map.of(PageIndex.ROWS_OF_PAGE, Integer.toString(samplesPerPage)));
    for (String column : LatentSchema.RAW_COLUMNS) {
      builder = builder.withStatisticsEnabled(column, false);
    }
    this.writer = builder.build();
    writer.write(LatentSchema.toGroup(first));
  }

  /** Appends a sample, which must have the first one's size and a higher id than the last. */
  public void write(LatentSample sample) throws IOException {
    if (sample.latents().height() != height || sample.latents().width() != width) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid sample: %d x %d among latents of %d x %d",
              sample.latents().height(),
              sample.latents().width(),
              height,
              width));
    }
    if (sample.id() <= lastId) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "Invalid sample id: %d after %d, must ascend", sample.id(), lastId));
    }
    lastId = sample.id();
    writer.write(LatentSchema.toGroup(sample));
  }

  /** The file. */
  public Path path() {
    return path;
  }

  /** Completes the file. */
  public CacheFile finish() throws IOException {
    writer.close();
    long length = path.getFileSystem(configuration).getFileStatus(path).getLen();
    long[] rowGroups =
        writer.getFooter().getBlocks().stream().mapToLong(BlockMetaData::getRowCount).toArray();
    return new CacheFile(path.getName(), length, height, width, firstId, rowGroups);
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
