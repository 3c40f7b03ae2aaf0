package org.sparklora.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.store.DiskErrors;

/** An open file. After a failed write it is unknown how much of it was written. */
final class LogStream {
  private static final Logger LOG = LoggerFactory.getLogger(LogStream.class);

  private final FSDataOutputStream out;

  private LogStream(FSDataOutputStream out) {
    this.out = out;
  }

  static LogStream of(DiskErrors.Work<FSDataOutputStream> opening) throws IOException {
    return new LogStream(DiskErrors.asExceptions(opening));
  }

  /** Writes bytes and makes them readable. */
  void write(ByteArrayOutputStream bytes) throws IOException {
    DiskErrors.asExceptions(
        () -> {
          bytes.writeTo(out);
          out.flush();
          out.hflush();
          return out;
        });
  }

  void close() throws IOException {
    DiskErrors.asExceptions(
        () -> {
          out.close();
          return out;
        });
  }

  /**
   * Closes the file after a failure. A failure to close is ignored, because the first one matters
   * more.
   */
  void abandon() {
    try {
      close();
    } catch (IOException | RuntimeException e) {
      LOG.debug("A log that could not be written could not be closed either", e);
    }
  }
}
