package org.sparklora.spark.reduce;

import ai.djl.Device;

/**
 * Where a worker runs.
 *
 * @param host the executor's host
 * @param executor the executor's id
 * @param device the device it may use
 * @param threads intra-op threads of its computations
 */
public record WorkerContext(String host, String executor, Device device, int threads) {
  @Override
  public String toString() {
    return "host " + host + ", executor " + executor + ", device " + device;
  }
}
