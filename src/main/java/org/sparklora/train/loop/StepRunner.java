package org.sparklora.train.loop;

import org.sparklora.train.step.StepListener;
import org.sparklora.train.step.StepOptimizer;

/** Takes optimizer steps: in this thread, or with workers on other machines. */
public interface StepRunner {
  /**
   * Trains until a step is reached.
   *
   * @param optimizer whose state says which step is next
   * @param endStep the first step that is not computed
   * @param listener gets every step, in order, before the next one is applied
   */
  void run(StepOptimizer optimizer, long endStep, StepListener listener);
}
