package org.sparklora.train.loop;

import org.apache.hadoop.fs.Path;
import org.sparklora.train.step.StepListener;

/** Gets the events of a training loop. */
public interface LoopListener extends StepListener {
  /**
   * A checkpoint is complete.
   *
   * @param step number of steps it has been trained for
   */
  default void onSaved(long step, Path folder) {}

  /** Steps have ended for now, such as for a validation. */
  default void onPause() {}
}
