package org.sparklora.report.track;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import org.sparklora.store.StoreFile;

/**
 * A log in a single file, on a file system whose files can be read while they are written. After a
 * failed write, the file is written again with all records that are known to be complete, and
 * continues after them.
 */
final class GrowingFile implements LogFile {
  private static final long FLUSH_NANOS = 5_000_000_000L;

  private final StoreFile file;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private Optional<LogStream> stream = Optional.empty();

  /** Number of bytes that are certainly in the file. */
  private long whole;

  /** Whether the file must be written as a whole next time. */
  private boolean broken;

  /** Whether a file of this file system can be opened again to add to it. */
  private boolean appends = true;

  private long flushed = System.nanoTime();

  /**
   * A log.
   *
   * @param continues whether it begins with what an earlier file of this name has, which stays
   *     until the new one is written
   */
  GrowingFile(StoreFile file, boolean continues) {
    this.file = file;
    this.broken = continues;
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
    if (!broken) {
      grow();
    }
    if (broken) {
      file.replace(this::writeAll);
      broken = !appends;
    }
    whole += pending.size();
    pending.reset();
    flushed = System.nanoTime();
    return true;
  }

  private void grow() throws IOException {
    try {
      if (stream.isEmpty()) {
        stream = Optional.of(open());
      }
      stream.get().write(pending);
    } catch (UnsupportedOperationException e) {
      appends = false;
      broken = true;
    } catch (IOException | RuntimeException e) {
      broken = true;
      stream.ifPresent(LogStream::abandon);
      stream = Optional.empty();
      throw e;
    }
  }

  private LogStream open() throws IOException {
    return LogStream.of(
        () ->
            whole == 0
                ? file.fileSystem().create(file.path(), true)
                : file.fileSystem().append(file.path()));
  }

  private void writeAll(OutputStream out) throws IOException {
    if (whole > 0) {
      try (InputStream in = file.fileSystem().open(file.path())) {
        copy(in, out);
      }
    }
    pending.writeTo(out);
  }

  private void copy(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long left = whole;
    while (left > 0) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new IOException(file.path() + " has become shorter: somebody else has written it");
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }

  @Override
  public void close() throws IOException {
    flush(true);
    if (stream.isPresent()) {
      stream.get().close();
    }
  }
}
