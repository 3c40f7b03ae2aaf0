package org.sparklora.data.parquet;

import java.io.IOException;
import java.nio.file.Files;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;

/**
 * Where Parquet files are written. On a local disk there is no {@code .crc} file of Hadoop's beside
 * them: pages have checksums of their own.
 */
public final class ParquetOutput {
  private ParquetOutput() {}

  /** A file; the folders it lies in are made where they are missing. */
  public static OutputFile file(Path path, Configuration configuration) throws IOException {
    FileSystem files = path.getFileSystem(configuration);
    if (files.getClass() != LocalFileSystem.class) {
      return HadoopOutputFile.fromPath(path, configuration);
    }
    java.nio.file.Path local = ((LocalFileSystem) files).pathToFile(path).toPath();
    Files.createDirectories(local.getParent());
    return new LocalOutputFile(local);
  }
}
