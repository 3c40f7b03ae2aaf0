package org.sparklora.spark.run;

import java.util.Locale;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.util.InvalidInputException;

/** Checks that the driver's heap has room for the arrays that the driver updates in every step. */
final class DriverMemory {
  /**
   * Bytes of the adapter, its gradient, and the state of the update rule with the smallest state,
   * in fp32.
   */
  private static final long BYTES_PER_PARAMETER = 3 * Float.BYTES;

  private static final double MIB = 1024 * 1024;

  private DriverMemory() {}

  /** Returns the least heap, in bytes, with which an adapter can be updated. */
  static long least(AdapterLayout layout) {
    return layout.parameters() * BYTES_PER_PARAMETER;
  }

  /**
   * Refuses an adapter that cannot be trained in a heap.
   *
   * @throws InvalidInputException (CONFIGURATION) when even this least amount is more than the heap
   */
  static void require(AdapterLayout layout, long heap) {
    long needed = least(layout);
    if (needed > heap) {
      throw InvalidInputException.configuration(
          String.format(
              Locale.ROOT,
              "Invalid --rank: the adapter would have %d parameters, for which the driver needs at"
                  + " least %.0f MiB; its heap has %.0f MiB. Lower --rank, or raise the driver's"
                  + " memory: --driver-memory of spark-submit, SPARK_DRIVER_MEMORY of java -jar",
              layout.parameters(),
              needed / MIB,
              heap / MIB));
    }
  }
}
