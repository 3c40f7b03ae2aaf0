package org.sparklora.data.row;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.parquet.RowGroupSize;

/**
 * A folder of Parquet files with pictures and captions, whose columns have been checked.
 *
 * @param location the folder
 * @param files in order of their paths
 * @param read the columns that are read
 * @param subjects of the rows, if there is a column of subjects
 * @param largestRowGroup of those that must be read at once
 * @param remarks about files that were left out
 */
public record ParquetDataset(
    String location,
    List<DataFile> files,
    ImageColumns read,
    Optional<Subjects> subjects,
    Optional<RowGroupSize> largestRowGroup,
    List<String> remarks)
    implements ImageDataset {
  /**
   * A row group is cut into at most this many ranges, because without a page index every task that
   * reads a part of it reads all of its pictures.
   */
  private static final long MOST_RANGES_PER_ROW_GROUP = 16;

  public ParquetDataset {
    files = List.copyOf(files);
    remarks = List.copyOf(remarks);
  }

  @Override
  public long rows() {
    return files.stream().mapToLong(DataFile::rows).sum();
  }

  @Override
  public String columns() {
    return read.text();
  }

  @Override
  public List<String> contents() {
    return files.stream()
        .map(
            file ->
                String.format(
                    Locale.ROOT, "file %s\n%s %d", file.name(), file.identity(), file.rows()))
        .toList();
  }

  /**
   * Joins small row groups and cuts large ones, because many data sets are one file with one row
   * group.
   */
  @Override
  public List<RowRange> ranges() {
    long wanted = ImageDataset.rowsPerRange(rows());
    List<RowRange> ranges = new ArrayList<>();
    for (DataFile file : files) {
      long begin = 0;
      long end = 0;
      for (long rows : file.rowGroups()) {
        if (end > begin && end - begin + rows > wanted) {
          ranges.add(range(file, begin, end, false));
          begin = end;
        }
        end += rows;
        if (rows > wanted) {
          cut(file, begin, end, wanted, ranges);
          begin = end;
        }
      }
      if (end > begin) {
        ranges.add(range(file, begin, end, false));
      }
    }
    return List.copyOf(ranges);
  }

  private void cut(DataFile file, long begin, long end, long wanted, List<RowRange> ranges) {
    long rows = end - begin;
    long pieces = Math.min(Math.max((rows + wanted / 2) / wanted, 1), MOST_RANGES_PER_ROW_GROUP);
    for (long piece = 0; piece < pieces; piece++) {
      ranges.add(
          range(
              file,
              begin + rows * piece / pieces,
              begin + rows * (piece + 1) / pieces,
              piece > 0 && !file.divisible()));
    }
  }

  private ParquetRange range(DataFile file, long from, long to, boolean followsOn) {
    return new ParquetRange(
        file,
        read,
        from,
        to,
        subjects.stream().map(s -> s.slice(file.firstRow() + from, file.firstRow() + to)).toList(),
        followsOn);
  }
}
