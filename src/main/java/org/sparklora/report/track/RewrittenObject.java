package org.sparklora.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.sparklora.store.StoreFile;

/**
 * A log in a single file on an object store, whose objects cannot grow. It is written again when a
 * minute has passed and it has grown by a tenth. So all writes together are about ten times its
 * length.
 */
final class RewrittenObject implements LogFile {
  private static final long FLUSH_NANOS = 60_000_000_000L;

  private final StoreFile file;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private int written;
  private long flushed = System.nanoTime();

  RewrittenObject(StoreFile file) {
    this.file = file;
  }

  @Override
  public void append(byte[] bytes) {
    content.writeBytes(bytes);
  }

  @Override
  public boolean flush(boolean now) throws IOException {
    boolean due =
        System.nanoTime() - flushed >= FLUSH_NANOS && content.size() - written >= written / 10;
    if (content.size() > written && (now || due)) {
      file.replace(content::writeTo);
      written = content.size();
      flushed = System.nanoTime();
    }
    return content.size() == written;
  }

  @Override
  public void close() throws IOException {
    flush(true);
  }
}
