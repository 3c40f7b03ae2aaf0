package org.sparklora.spark.generate;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;

/** The length of the lines of a text, which Spark holds in memory one by one. */
final class PromptLines {
  /** No prompt is longer: of a prompt, a text encoder reads some hundred characters. */
  static final int MOST_BYTES = 1 << 20;

  private static final int BUFFER = 1 << 16;

  private PromptLines() {}

  /**
   * Refuses a file with a line without end. No more is read than up to the limit of that line, and
   * of a file that is smaller nothing.
   *
   * @throws IOException that names the line, or says why the file cannot be read
   */
  static void require(FileSystem files, FileStatus file) throws IOException {
    if (file.getLen() <= MOST_BYTES) {
      return;
    }
    try (InputStream in = files.open(file.getPath())) {
      require(in);
    }
  }

  static void require(InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER];
    long line = 1;
    long bytes = 0;
    boolean afterReturn = false;
    for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
      for (int i = 0; i < read; i++) {
        byte one = buffer[i];
        if (one != '\n' && one != '\r') {
          bytes++;
        } else {
          // A return and a line feed end one line.
          line += one == '\n' && afterReturn && bytes == 0 ? 0 : 1;
          bytes = 0;
        }
        afterReturn = one == '\r';
        if (bytes > MOST_BYTES) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "line %d has more than the %d bytes that are read of one",
                  line,
                  MOST_BYTES));
        }
      }
    }
  }
}
