package org.sparklora.data.row;

import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/** Consecutive rows of a data set, which one task encodes. */
public sealed interface RowRange extends Serializable permits ParquetRange, PictureRange {
  /** The id of the first row. */
  long firstId();

  /** Number of rows. */
  long rows();

  /**
   * Opens the rows.
   *
   * @throws IOException when they cannot be read or have changed since they were listed
   */
  ImageRows open(Configuration configuration) throws IOException;

  /**
   * Describes a row of this range that cannot be trained on.
   *
   * @param id of the row
   * @param reason one sentence
   */
  BadImage badImage(long id, String reason);
}
