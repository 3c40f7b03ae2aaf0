package org.sparklora.pipeline;

/** Gets the progress after each step of a batch. */
@FunctionalInterface
public interface SamplingListener {
  /**
   * A step was taken.
   *
   * @param done number of steps taken, for all pictures of the batch together
   * @param steps number of all steps
   */
  void onStep(int done, int steps);
}
