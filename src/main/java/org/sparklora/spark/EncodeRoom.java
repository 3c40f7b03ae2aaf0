package org.sparklora.spark;

import org.apache.spark.SparkConf;
import org.sparklora.data.parquet.RowGroupSize;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.util.InvalidInputException;

/** Checks that the row groups of a data set fit into the processes that will read them. */
final class EncodeRoom {
  private EncodeRoom() {}

  /**
   * Refuses a row group that must be read at once and does not fit.
   *
   * @throws InvalidInputException (DATA) with both numbers
   */
  static void require(ImageDataset dataset, SparkConf settings) {
    long heap = ExecutorMemory.heap(settings, Runtime.getRuntime().maxMemory());
    dataset.largestRowGroup().ifPresent(size -> size.require(RowGroupSize.room(heap)));
  }
}
