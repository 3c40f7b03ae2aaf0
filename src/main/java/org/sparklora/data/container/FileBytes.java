package org.sparklora.data.container;

import java.io.Closeable;
import java.io.IOException;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.sparklora.data.file.FoundFile;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;

/** The bytes of an open file, at any place. */
public final class FileBytes implements Closeable {
  private static final int MOST_AT_ONCE = 256 << 20;

  private final FSDataInputStream in;
  private final long length;

  private FileBytes(FSDataInputStream in, long length) {
    this.in = in;
    this.length = length;
  }

  /** Opens a file. */
  public static FileBytes open(FoundFile file, Configuration configuration) throws IOException {
    FileSystem files = StoreFile.of(file.status().getPath(), configuration).fileSystem();
    WholeFile.requireRegular(files, file.status());
    return new FileBytes(files.open(file.status().getPath()), file.status().getLen());
  }

  long length() {
    return length;
  }

  /**
   * Reads bytes.
   *
   * @throws IOException when the file ends before them, or when they are too many to be held
   */
  byte[] at(long from, long bytes) throws IOException {
    requireThere(from, bytes);
    if (bytes > MOST_AT_ONCE) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "it has %d bytes of captions or notes in one piece, and at most %d are read; write it"
                  + " in smaller pieces",
              bytes,
              MOST_AT_ONCE));
    }
    in.seek(from);
    byte[] read = new byte[Math.toIntExact(bytes)];
    in.readFully(read);
    return read;
  }

  /** Requires that the file has these bytes. */
  void requireThere(long from, long bytes) throws IOException {
    if (from < 0 || bytes < 0) {
      throw new IOException("it is damaged: it refers to byte " + from);
    }
    if (bytes > length - from) {
      throw cutShort();
    }
  }

  /** The failure of a file that ends too early. */
  IOException cutShort() {
    return new IOException(
        String.format(
            Locale.ROOT,
            "it is cut short: it ends after %d bytes in the middle of its content; copy or write it"
                + " again",
            length));
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
