package org.sparklora.spark.reduce;

import org.sparklora.util.ProcessMemory;

/**
 * What a worker's part of a step took.
 *
 * @param computeSeconds from the step's beginning on the worker to the last of its gradients
 * @param residentBytes memory of its process; 0 where the system does not tell
 */
record WorkerCost(double computeSeconds, long residentBytes) {
  static final WorkerCost UNKNOWN = new WorkerCost(0, 0);

  /** The cost of what began then, by {@link System#nanoTime()}. */
  static WorkerCost since(long nanos) {
    return new WorkerCost((System.nanoTime() - nanos) / 1e9, residentBytesOfThisProcess());
  }

  /** 0 where the system does not tell. */
  static long residentBytesOfThisProcess() {
    return ProcessMemory.RESIDENT.bytes().orElse(0);
  }
}
