package org.sparklora.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.function.IntFunction;
import org.sparklora.store.StoreFile;

/**
 * A log on a file system whose files can be read while they are written. After a failed write it
 * goes on in another file, because a reader skips an incomplete record at the end of a file. The
 * reader takes the files one after the other.
 */
final class GrowingFiles implements LogFile {
  private static final long FLUSH_NANOS = 5_000_000_000L;

  private final IntFunction<StoreFile> files;
  private final IntFunction<byte[]> header;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private Optional<LogStream> stream = Optional.empty();
  private int number;

  /** Whether the file of this number has a complete record. */
  private boolean used;

  private long flushed = System.nanoTime();

  /**
   * A log.
   *
   * @param files by number, in the order in which the reader takes them
   * @param header by number: the beginning of a file
   */
  GrowingFiles(IntFunction<StoreFile> files, IntFunction<byte[]> header) {
    this.files = files;
    this.header = header;
  }

  @Override
  public void append(byte[] record) {
    pending.writeBytes(record);
  }

  @Override
  public boolean flush(boolean now) throws IOException {
    if (pending.size() == 0 || (!now && System.nanoTime() - flushed < FLUSH_NANOS)) {
      return pending.size() == 0;
    }
    try {
      if (stream.isEmpty()) {
        StoreFile file = files.apply(number);
        stream = Optional.of(LogStream.of(() -> file.fileSystem().create(file.path(), true)));
        stream.get().write(header());
      }
      stream.get().write(pending);
    } catch (IOException | RuntimeException e) {
      if (stream.isPresent()) {
        stream.get().abandon();
        stream = Optional.empty();
        // A file without a complete record is overwritten.
        number += used ? 1 : 0;
        used = false;
      }
      throw e;
    }
    used = true;
    pending.reset();
    flushed = System.nanoTime();
    return true;
  }

  private ByteArrayOutputStream header() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(header.apply(number));
    return bytes;
  }

  @Override
  public void close() throws IOException {
    flush(true);
    if (stream.isPresent()) {
      stream.get().close();
    }
  }
}
