package org.sparklora.report.track;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.sparklora.store.StoreFile;

/** A log on a file system whose files can be read while they are written. */
final class StreamedLogFile implements LogFile {
  private static final long FLUSH_NANOS = 5_000_000_000L;

  private final FSDataOutputStream out;
  private long flushed = System.nanoTime();

  StreamedLogFile(StoreFile file) throws IOException {
    this.out = file.fileSystem().create(file.path(), true);
  }

  @Override
  public void append(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  @Override
  public void flush(boolean now) throws IOException {
    if (now || System.nanoTime() - flushed >= FLUSH_NANOS) {
      out.flush();
      out.hflush();
      flushed = System.nanoTime();
    }
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
