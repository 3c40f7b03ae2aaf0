package org.sparklora.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.function.IntFunction;
import org.sparklora.store.StoreFile;

/**
 * On an object store, whose objects cannot grow: each flush makes another object, and the reader
 * takes them one after the other. Each begins with a header of its own.
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
  public void flush(boolean now) throws IOException {
    if (pending.size() > 0 && (now || System.nanoTime() - flushed >= FLUSH_NANOS)) {
      // The number goes up only once the object is there: a failed flush is done again.
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
  }

  @Override
  public void close() throws IOException {
    flush(true);
  }
}
