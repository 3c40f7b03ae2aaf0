package org.sparklora.data.parquet;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A Parquet file of the data set.
 *
 * @param path its full path
 * @param name its path below the data set's folder
 * @param identity of its content
 * @param firstRow the id of its first row
 * @param rowGroups number of rows of each row group
 * @param divisible whether a part of any row group can be read, because the file has a page index
 */
public record DataFile(
    String path, String name, String identity, long firstRow, long[] rowGroups, boolean divisible)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  public long rows() {
    return Arrays.stream(rowGroups).sum();
  }
}
