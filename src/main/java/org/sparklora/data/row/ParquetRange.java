package org.sparklora.data.row;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.ImageColumns;

/**
 * Consecutive rows of a Parquet file.
 *
 * @param file where they are
 * @param columns that are read
 * @param from number of the first row in the file
 * @param to number of the row after the last
 * @param subjects of the rows; at most one slice
 * @param followsOn whether the row before the first is in the same row group, which is read whole
 */
public record ParquetRange(
    DataFile file,
    ImageColumns columns,
    long from,
    long to,
    List<Subjects.Slice> subjects,
    boolean followsOn)
    implements RowRange {
  private static final long serialVersionUID = 1L;

  @Override
  public long firstId() {
    return file.firstRow() + from;
  }

  @Override
  public long rows() {
    return to - from;
  }

  @Override
  public ImageRows open(Configuration configuration) throws IOException {
    return new ParquetRows(this, configuration);
  }

  @Override
  public BadImage badImage(long id, String reason) {
    return new BadImage(id, file.name(), id - file.firstRow(), reason);
  }
}
