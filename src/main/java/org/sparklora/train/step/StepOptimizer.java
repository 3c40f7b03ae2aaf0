package org.sparklora.train.step;

/** The driver's half of a step: it takes the summed gradient and gives the next adapter. */
public interface StepOptimizer {
  /** The state from which the next step starts. */
  AdapterState state();

  /** Number of micro-batches whose sum {@link #apply} takes. */
  int microBatches();

  /**
   * Unscales, checks, clips and applies the sum over all micro-batches of the current step.
   *
   * @return result of the step, for listeners
   */
  StepResult apply(MicroBatchGradient sum);
}
