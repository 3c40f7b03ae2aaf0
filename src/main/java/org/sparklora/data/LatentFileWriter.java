package org.sparklora.data;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;

/**
 * Writes one file of the latent cache. It appears under its name only when it is closed; until then
 * it is a hidden file that no reader looks at.
 */
public final class LatentFileWriter implements AutoCloseable {
  /** Small row groups, so that one random sample costs one short read. */
  private static final long ROW_GROUP_BYTES = 1 << 20;

  private final FileSystem files;
  private final Path temporary;
  private final Path target;
  private final ParquetWriter<Group> writer;

  /**
   * Opens a file.
   *
   * @param attempt distinguishes writers of the same file
   */
  public LatentFileWriter(Configuration hadoop, Path target, long attempt) throws IOException {
    this.files = target.getFileSystem(hadoop);
    this.target = target;
    this.temporary = new Path(target.getParent(), "." + target.getName() + "." + attempt);
    this.writer =
        ExampleParquetWriter.builder(HadoopOutputFile.fromPath(temporary, hadoop))
            .withType(LatentSchema.TYPE)
            .withConf(hadoop)
            .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withMinRowCountForPageSizeCheck(1)
            .withDictionaryEncoding(false)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .build();
  }

  public void write(LatentSample sample) throws IOException {
    writer.write(LatentSchema.write(sample));
  }

  /** Makes the file visible, in place of one that an earlier attempt has left. */
  @Override
  public void close() throws IOException {
    writer.close();
    files.delete(target, false);
    if (!files.rename(temporary, target)) {
      throw new IOException("Cannot rename " + temporary + " to " + target);
    }
  }
}
