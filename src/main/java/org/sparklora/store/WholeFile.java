package org.sparklora.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.util.functional.FutureIO;

/** Reads a small file of any file system as a whole, as {@link RegularFile} does. */
public final class WholeFile {
  private WholeFile() {}

  /** Reads a file, see {@link RegularFile#read(Path, long)}. */
  public static byte[] read(FileSystem files, org.apache.hadoop.fs.Path file, long most)
      throws IOException {
    return read(files, files.getFileStatus(file), most);
  }

  /** Reads a file whose length is known. */
  public static byte[] read(FileSystem files, FileStatus file, long most) throws IOException {
    requireRegular(files, file);
    RegularFile.requireAtMost(file.getLen(), most);
    try (InputStream in =
        FutureIO.awaitFuture(files.openFile(file.getPath()).withFileStatus(file).build())) {
      return RegularFile.read(in, file.getLen(), most);
    }
  }

  /**
   * As {@link RegularFile#require(Path)}. The kind of a file is known only on this machine's file
   * systems.
   */
  public static void requireRegular(FileSystem files, FileStatus file) throws IOException {
    if (file.isDirectory()) {
      throw new IOException("it is a folder, not a regular file");
    }
    if ("file".equals(files.getUri().getScheme())) {
      RegularFile.require(Path.of(file.getPath().toUri().getPath()));
    }
  }

  /** As {@link RegularFile#require(Path)}, but accepts a file that does not exist. */
  static void requireRegular(FileSystem files, org.apache.hadoop.fs.Path file) throws IOException {
    if ("file".equals(files.getUri().getScheme())) {
      Path local = Path.of(file.toUri().getPath());
      if (Files.exists(local) && !Files.isDirectory(local)) {
        RegularFile.require(local);
      }
    }
  }
}
