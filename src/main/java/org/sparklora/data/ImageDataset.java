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
  private static final long LEAST_ROWS_PER_RANGE = 16;
  private static final long MOST_ROWS_PER_RANGE = 1024;
  private static final long RANGES = 1024;

  /** Reading any part of a row group costs reading its pictures whole. */
  private static final long MOST_RANGES_PER_ROW_GROUP = 16;

  public ImageDataset {
    files = List.copyOf(files);
  }

  /** Number of rows, good and bad. */
  public long rows() {
    return files.stream().mapToLong(DataFile::rows).sum();
  }

  /**
   * Cuts the rows into ranges, by the data set alone: about 1024 of them, of about 16 to 1024 rows.
   * Small row groups are taken together, large ones cut: many data sets are one file with one row
   * group.
   */
  public List<RowRange> ranges() {
    long wanted =
        Math.min(Math.max(ceilDiv(rows(), RANGES), LEAST_ROWS_PER_RANGE), MOST_ROWS_PER_RANGE);
    List<RowRange> ranges = new ArrayList<>();
    for (DataFile file : files) {
      long begin = 0;
      long end = 0;
      for (long rows : file.rowGroups()) {
        if (end > begin && end - begin + rows > wanted) {
          ranges.add(new RowRange(file, begin, end));
          begin = end;
        }
        end += rows;
        if (rows > wanted) {
          cut(file, begin, end, wanted, ranges);
          begin = end;
        }
      }
      if (end > begin) {
        ranges.add(new RowRange(file, begin, end));
      }
    }
    return List.copyOf(ranges);
  }

  private static void cut(DataFile file, long begin, long end, long wanted, List<RowRange> ranges) {
    long rows = end - begin;
    long pieces = Math.min(Math.max((rows + wanted / 2) / wanted, 1), MOST_RANGES_PER_ROW_GROUP);
    for (long piece = 0; piece < pieces; piece++) {
      ranges.add(
          new RowRange(file, begin + rows * piece / pieces, begin + rows * (piece + 1) / pieces));
    }
  }

  private static long ceilDiv(long a, long b) {
    return (a + b - 1) / b;
  }
}
