package org.sparklora.train;

/**
 * The seconds that a micro-batch's gradient took, on a device that computes synchronously (a CPU).
 *
 * @param forward seconds to the loss
 * @param backward seconds after it; with gradient checkpointing this includes computing blocks
 *     again
 */
public record GradientTiming(double forward, double backward) {
  static GradientTiming of(long beganNanos, long computedNanos, long endedNanos) {
    return new GradientTiming(
        (computedNanos - beganNanos) * 1e-9, (endedNanos - computedNanos) * 1e-9);
  }
}
