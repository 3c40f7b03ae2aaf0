package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;

/**
 * A folder of Parquet files with pictures and captions, its columns checked. A row's id is its
 * number over all files in order of their paths.
 *
 * @param location the folder
 * @param files in order of their paths
 */
public record ImageDataset(String location, List<DataFile> files) {
  /** Below this, opening an encoder costs more than it saves. */
  private static final long LEAST_ROWS_PER_RANGE = 16;

  public ImageDataset {
    files = List.copyOf(files);
  }

  /** Number of rows, good and bad. */
  public long rows() {
    return files.stream().mapToLong(DataFile::rows).sum();
  }

  /**
   * Cuts the rows into about as many equal ranges as wanted. A range stays within a row group, but
   * a row group is cut where a file has too few: many data sets are one file with one row group.
   */
  public List<RowRange> ranges(int wanted) {
    long largest = Math.max(LEAST_ROWS_PER_RANGE, (rows() + wanted - 1) / wanted);
    List<RowRange> ranges = new ArrayList<>();
    for (DataFile file : files) {
      long firstId = file.firstRow();
      for (int group = 0; group < file.rowGroups().length; group++) {
        long rows = file.rowGroups()[group];
        for (long from = 0; from < rows; from += largest) {
          long to = Math.min(from + largest, rows);
          ranges.add(new RowRange(file, group, from, to, firstId + from));
        }
        firstId += rows;
      }
    }
    return List.copyOf(ranges);
  }
}
