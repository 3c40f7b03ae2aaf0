package org.sparklora.train.step;

/** Gets every optimizer step, in order, on the driver. */
public interface StepListener {
  /** A step has been applied. */
  void onStep(StepResult result, StepTiming timing);
}
