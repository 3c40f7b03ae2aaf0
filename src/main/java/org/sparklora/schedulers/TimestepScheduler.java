package org.sparklora.schedulers;

import org.sparklora.schedulers.run.TimestepRun;
import org.sparklora.schedulers.run.TimestepSpacing;

/** A scheduler that steps over whole timesteps. */
interface TimestepScheduler extends Scheduler {
  TimestepRun run();

  @Override
  default float[] timesteps() {
    return TimestepSpacing.floats(run().timesteps());
  }

  @Override
  default void startAt(int index) {
    run().order().startAt(index);
  }

  @Override
  default float[] addNoise(float[] original, float[] noise, int index) {
    return run().noisy(original, noise, index);
  }
}
