package org.sparklora.pipeline;

/** Told after each step of a batch. */
@FunctionalInterface
public interface SamplingListener {
  /**
   * A step was taken.
   *
   * @param done steps taken, of all pictures of the batch at once
   * @param steps there are
   */
  void onStep(int done, int steps);
}
