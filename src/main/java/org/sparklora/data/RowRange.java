package org.sparklora.data;

import java.io.Serializable;

/**
 * Consecutive rows of a file: what is encoded together.
 *
 * @param file where they are
 * @param from number of the first row in the file
 * @param to number of the row after the last
 */
public record RowRange(DataFile file, long from, long to) implements Serializable {
  /** The id of the first row. */
  public long firstId() {
    return file.firstRow() + from;
  }

  /** Number of rows. */
  public long rows() {
    return to - from;
  }
}
