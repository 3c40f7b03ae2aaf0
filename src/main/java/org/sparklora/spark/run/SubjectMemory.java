package org.sparklora.spark.run;

import java.util.Locale;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.util.InvalidInputException;

/**
 * Checks that the heap of a process has room for the subjects that are trained in it at once. Each
 * of its tasks updates an adapter of its own.
 */
public final class SubjectMemory {
  private static final double MIB = 1024 * 1024;

  private SubjectMemory() {}

  /**
   * Refuses adapters that cannot be trained side by side in a heap.
   *
   * @param heap of a process, in bytes
   * @param tasks of a process at once
   * @param subjects of the run
   * @throws InvalidInputException (CONFIGURATION) when even the least amount is more than the heap
   */
  public static void require(AdapterLayout layout, long heap, long tasks, int subjects) {
    long atOnce = Math.min(tasks, subjects);
    long needed = DriverMemory.least(layout) * atOnce;
    if (needed > heap) {
      throw InvalidInputException.configuration(
          String.format(
              Locale.ROOT,
              "Invalid --rank: an executor would train %d adapters of %d"
                  + " parameters at once, for which it needs at least %.0f MiB of heap; it has"
                  + " %.0f MiB. Lower --rank, raise spark.executor.memory, or give executors fewer"
                  + " cores",
              atOnce,
              layout.parameters(),
              needed / MIB,
              heap / MIB));
    }
  }
}
