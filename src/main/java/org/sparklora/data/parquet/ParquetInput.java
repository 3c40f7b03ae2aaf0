package org.sparklora.data.parquet;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.LocalInputFile;

/**
 * Opens Parquet files. Those on a local disk are read as they are: a {@code .crc} file of Hadoop's
 * that was left beside an earlier content does not matter.
 */
public final class ParquetInput {
  private ParquetInput() {}

  public static ParquetFileReader open(String location, Configuration configuration)
      throws IOException {
    return ParquetFileReader.open(
        file(new Path(location), configuration), HadoopReadOptions.builder(configuration).build());
  }

  private static InputFile file(Path path, Configuration configuration) throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    return files instanceof LocalFileSystem local
        ? new LocalInputFile(local.pathToFile(path).toPath())
        : HadoopInputFile.fromPath(path, configuration);
  }
}
