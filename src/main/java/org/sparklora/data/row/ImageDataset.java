package org.sparklora.data.row;

import java.util.List;
import java.util.Optional;
import org.sparklora.data.parquet.RowGroupSize;

/**
 * Pictures with captions, checked. A row's id is its number over all files in order of their paths.
 */
public sealed interface ImageDataset permits ParquetDataset, PictureDataset {
  /** The folder. */
  String location();

  /** Number of rows, good and bad. */
  long rows();

  /**
   * Cuts the rows into about 1024 ranges of about 16 to 1024 rows. The data set alone decides the
   * cuts.
   */
  List<RowRange> ranges();

  /** The subject of each row, with {@code --subject_column}. */
  default Optional<Subjects> subjects() {
    return Optional.empty();
  }

  /** The largest row group of Parquet that must be read at once. */
  default Optional<RowGroupSize> largestRowGroup() {
    return Optional.empty();
  }

  /** Remarks about files that were left out, with the reasons. */
  List<String> remarks();

  /** Names the columns or files that are read, for messages. */
  String columns();

  /** One line for each file that identifies its name and content. */
  List<String> contents();

  /** The number of rows that a range should have. */
  static long rowsPerRange(long rows) {
    long ranges = 1024;
    return Math.min(Math.max((rows + ranges - 1) / ranges, 16), 1024);
  }
}
