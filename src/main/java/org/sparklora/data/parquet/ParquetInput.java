package org.sparklora.data.parquet;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;
import org.sparklora.store.RegularFile;

/**
 * Opens Parquet files. On a local disk a leftover {@code .crc} file of Hadoop's, which belongs to
 * an earlier content, is ignored.
 */
public final class ParquetInput {
  private ParquetInput() {}

  public static ParquetFileReader open(String location, Configuration configuration)
      throws IOException {
    return ParquetFileReader.open(
        file(new Path(location), configuration), options(configuration).build());
  }

  /**
   * Starts the options of a reader. Ranges are read one after the other: S3A reads again where a
   * connection breaks in the middle of an answer, but not so in Hadoop's vectored reads. The
   * columns of a row group lie side by side, so it is one request either way.
   */
  public static ParquetReadOptions.Builder options(Configuration configuration) {
    return HadoopReadOptions.builder(configuration).withUseHadoopVectoredIo(false);
  }

  private static InputFile file(Path path, Configuration configuration) throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    if (files instanceof LocalFileSystem local) {
      java.nio.file.Path file = local.pathToFile(path).toPath();
      RegularFile.require(file); // a named pipe would be waited for
      return new LocalInputFile(file);
    }
    return HadoopInputFile.fromPath(path, configuration);
  }
}
