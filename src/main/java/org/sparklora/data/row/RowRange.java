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
   * Whether it is cheap only right after the range before it, because both are parts of a row group
   * that is read whole.
   */
  default boolean followsOn() {
    return false;
  }

  /**
   * Opens the rows.
   *
   * @throws IOException when they cannot be read or have changed since they were listed
   */
  ImageRows open(Configuration configuration) throws IOException;

  /**
   * Goes on with the rows that are open if these lie further on in the same file, and opens them
   * otherwise. The open ones are closed then.
   *
   * @param open the rows of another range, all of which were read
   */
  default ImageRows open(ImageRows open, Configuration configuration) throws IOException {
    if (open.goOn(this)) {
      return open;
    }
    open.close();
    return open(configuration);
  }

  /**
   * Describes a row of this range that cannot be trained on.
   *
   * @param id of the row
   * @param reason one sentence
   */
  BadImage badImage(long id, String reason);
}
