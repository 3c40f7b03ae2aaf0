package org.sparklora.spark.message;

import org.sparklora.util.ProcessMemory;

/**
 * The cost of a worker's part of a step.
 *
 * @param computeSeconds from the step's beginning on the worker to the last of its gradients,
 *     without the waiting for samples
 * @param dataSeconds the waiting for samples in it
 * @param residentBytes memory of its process; 0 if the system does not report it
 * @param deviceBytes memory in use on its GPU; 0 if there is none or nobody reports it
 */
public record WorkerCost(
    double computeSeconds, double dataSeconds, long residentBytes, long deviceBytes) {
  public static final WorkerCost UNKNOWN = new WorkerCost(0, 0, 0, 0);

  /**
   * Measures the cost of work that began at a given {@link System#nanoTime()}.
   *
   * @param dataSeconds time spent waiting for samples since then
   * @param deviceBytes memory in use on the worker's GPU
   */
  public static WorkerCost since(long nanos, double dataSeconds, long deviceBytes) {
    double seconds = (System.nanoTime() - nanos) / 1e9;
    return new WorkerCost(
        Math.max(0, seconds - dataSeconds), dataSeconds, residentBytesOfThisProcess(), deviceBytes);
  }

  public double seconds() {
    return computeSeconds + dataSeconds;
  }

  /** Returns the resident memory of this process in bytes; 0 if the system does not report it. */
  public static long residentBytesOfThisProcess() {
    return ProcessMemory.RESIDENT.bytes().orElse(0);
  }
}
