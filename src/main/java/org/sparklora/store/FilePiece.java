package org.sparklora.store;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options.OpenFileOptions;
import org.apache.hadoop.util.functional.FutureIO;

/** Reads a part of a file of any file system. */
public final class FilePiece {
  private FilePiece() {}

  /**
   * Reads bytes.
   *
   * @param from number of the first byte
   * @throws IOException when the file has become shorter, or cannot be read
   */
  public static byte[] read(FileSystem files, FileStatus file, long from, long bytes)
      throws IOException {
    WholeFile.requireRegular(files, file);
    if (from + bytes > file.getLen()) {
      throw new IOException(file.getPath() + " has become shorter");
    }
    byte[] read = new byte[Math.toIntExact(bytes)];
    try (FSDataInputStream in =
        FutureIO.awaitFuture(
            files
                .openFile(file.getPath())
                .withFileStatus(file)
                .opt(
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY,
                    OpenFileOptions.FS_OPTION_OPENFILE_READ_POLICY_RANDOM)
                .build())) {
      in.readFully(from, read);
    }
    return read;
  }
}
