package org.sparklora.train.step;

/** The driver's half of a step: takes the reduced gradient, gives the next adapter. */
public interface StepOptimizer {
  /** The state the next step starts from. */
  AdapterState state();

  /** Number of micro-batches whose sum {@link #apply} takes. */
  int microBatches();

  /**
   * Unscales, checks, clips and applies the sum over all micro-batches of the current step.
   *
   * @return what the step did, for listeners
   */
  StepResult apply(MicroBatchGradient sum);
}
