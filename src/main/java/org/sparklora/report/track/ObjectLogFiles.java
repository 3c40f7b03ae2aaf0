package org.sparklora.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.IntFunction;
import org.sparklora.store.StoreFile;

/**
 * A log on an object store, whose objects cannot grow. Each flush makes another object, which
 * begins with a header of its own. The reader takes the objects one after the other.
 */
final class ObjectLogFiles implements LogFile {
  private static final long FLUSH_NANOS = 60_000_000_000L;

  private final IntFunction<StoreFile> files;
  private final byte[] header;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private int written;
  private long flushed = System.nanoTime();

  /**
   * @param files by number, in the order in which the reader takes them
   */
  ObjectLogFiles(IntFunction<StoreFile> files, byte[] header) {
    this.files = files;
    this.header = header.clone();
  }

  @Override
  public void append(byte[] bytes) {
    pending.writeBytes(bytes);
  }

  @Override
  public boolean flush(boolean now) throws IOException {
    if (pending.size() > 0 && (now || System.nanoTime() - flushed >= FLUSH_NANOS)) {
      // The number rises only once the object is there, so a failed flush is repeated.
      files
          .apply(written)
          .replace(
              out -> {
                out.write(header);
                pending.writeTo(out);
              });
      written++;
      pending.reset();
      flushed = System.nanoTime();
    }
    return pending.size() == 0;
  }

  @Override
  public void close() throws IOException {
    flush(true);
  }
}
