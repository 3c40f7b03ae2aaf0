package org.sparklora.train;

/** Told of every optimizer step, in order, on the driver. */
public interface StepListener {
  /**
   * A step has been applied.
   *
   * @param seconds wall time since the step before it, or since the segment began
   */
  void onStep(StepResult result, double seconds);
}
