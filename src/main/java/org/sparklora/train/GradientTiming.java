package org.sparklora.train;

/**
 * Seconds a micro-batch's gradient took, on a device that computes when it is called (a CPU).
 *
 * @param forward to the loss
 * @param backward from it; with gradient checkpointing this includes computing blocks anew
 */
public record GradientTiming(double forward, double backward) {
  static GradientTiming of(long beganNanos, long computedNanos, long endedNanos) {
    return new GradientTiming(
        (computedNanos - beganNanos) * 1e-9, (endedNanos - computedNanos) * 1e-9);
  }
}
