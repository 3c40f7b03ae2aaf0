package org.sparklora.data.row;

import java.io.IOException;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/** Reads a range of rows, in order. */
public interface ImageRows extends AutoCloseable {
  /**
   * The next row; empty after the last.
   *
   * @throws InvalidInputException when a file is damaged
   * @throws UnreadableRowException when this row cannot be read; the next call reads the row after
   *     it
   */
  Optional<ImageRow> next() throws IOException;

  /**
   * Goes on with a range that lies further on in the same file, without reading again what is held.
   *
   * @return whether that is possible
   */
  default boolean goOn(RowRange range) {
    return false;
  }

  @Override
  void close() throws IOException;
}
