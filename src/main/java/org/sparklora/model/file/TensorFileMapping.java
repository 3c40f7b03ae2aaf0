package org.sparklora.model.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.util.ForeignFile;
import org.sparklora.util.InvalidInputException;

/**
 * A local file whose ranges are mapped into memory, and never copied through the heap. A mapping
 * holds at most 2 GiB, so a larger file stays open and is mapped range by range.
 */
final class TensorFileMapping implements AutoCloseable {
  private final long size;
  private final String source;
  private final ByteBuffer whole;
  private final Optional<FileChannel> large;
  private final Optional<Path> path;

  private TensorFileMapping(
      long size,
      String source,
      ByteBuffer whole,
      Optional<FileChannel> large,
      Optional<Path> path) {
    this.path = path;
    this.size = size;
    this.source = source;
    this.whole = whole;
    this.large = large;
  }

  /** A mapping of bytes that are already in memory. */
  static TensorFileMapping of(ByteBuffer bytes, String source) {
    return of(bytes, source, Optional.empty());
  }

  private static TensorFileMapping of(ByteBuffer bytes, String source, Optional<Path> path) {
    return new TensorFileMapping(
        bytes.remaining(), source, bytes.slice().asReadOnlyBuffer(), Optional.empty(), path);
  }

  static TensorFileMapping open(Path file, String source) {
    if (!Files.isRegularFile(file)) {
      throw InvalidInputException.data(
          "Cannot read "
              + source
              + ": "
              + (Files.exists(file) ? "it is not a file" : "no such file"));
    }
    try {
      Optional<ForeignFile> foreign = ForeignFile.of(file);
      if (foreign.isPresent()) {
        throw InvalidInputException.data(
            String.format(Locale.ROOT, "Invalid tensor file %s: %s", source, foreign.get().text()));
      }
      long size = Files.size(file);
      if (size > Integer.MAX_VALUE) {
        return new TensorFileMapping(
            size,
            source,
            ByteBuffer.allocate(0),
            Optional.of(FileChannel.open(file, StandardOpenOption.READ)),
            Optional.of(file));
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
        return of(channel.map(FileChannel.MapMode.READ_ONLY, 0, size), source, Optional.of(file));
      }
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + source + ": " + e.getMessage(), e);
    }
  }

  /** The file; empty if its bytes are already in memory. */
  Optional<Path> path() {
    return path;
  }

  long size() {
    return size;
  }

  /** Maps the bytes of {@code what}. The mapping outlives this object. */
  ByteBuffer map(long offset, long length, String what) {
    if (length > Integer.MAX_VALUE) {
      throw InvalidInputException.data(
          "Unsupported size of "
              + what
              + " in "
              + source
              + ": "
              + length
              + " bytes, a single tensor may have at most 2 GiB");
    }
    try {
      ByteBuffer range =
          large.isPresent()
              ? large.get().map(FileChannel.MapMode.READ_ONLY, offset, length)
              : whole.slice((int) offset, (int) length);
      return range.order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw InvalidInputException.data(
          "Cannot map " + what + " of " + source + " into memory: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      if (large.isPresent()) {
        large.get().close();
      }
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot close " + source + ": " + e.getMessage(), e);
    }
  }
}
