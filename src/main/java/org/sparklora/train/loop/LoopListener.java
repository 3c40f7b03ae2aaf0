package org.sparklora.train.loop;

import org.apache.hadoop.fs.Path;
import org.sparklora.train.step.StepListener;

/** Told what happens in a training loop. */
public interface LoopListener extends StepListener {
  /**
   * A checkpoint is whole.
   *
   * @param step number of steps it has been trained for
   */
  default void onSaved(long step, Path folder) {}

  /** Steps have ended for now, such as for a validation. */
  default void onPause() {}
}
