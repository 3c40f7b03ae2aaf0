package org.sparklora.data.row;

import java.util.List;
import java.util.Optional;

/**
 * Pictures with captions, checked. A row's id is its number over all files in order of their paths.
 */
public sealed interface ImageDataset permits ParquetDataset, PictureDataset {
  /** The folder. */
  String location();

  /** Number of rows, good and bad. */
  long rows();

  /**
   * Cuts the rows into ranges, by the data set alone: about 1024 of them, of about 16 to 1024 rows.
   */
  List<RowRange> ranges();

  /** Whose picture each row is, where {@code --subject_column} says so. */
  default Optional<Subjects> subjects() {
    return Optional.empty();
  }

  /** What was left out of the data set, and why. */
  List<String> remarks();

  /** What is read of a row. */
  String columns();

  /** What tells this data set from another, file by file. */
  List<String> contents();

  /** How many rows a range of a data set should have. */
  static long rowsPerRange(long rows) {
    long ranges = 1024;
    return Math.min(Math.max((rows + ranges - 1) / ranges, 16), 1024);
  }
}
