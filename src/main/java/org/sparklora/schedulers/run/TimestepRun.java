package org.sparklora.schedulers.run;

import org.sparklora.schedulers.noise.NoiseSchedule;

/**
 * A run over whole timesteps of a noise schedule.
 *
 * @param timesteps from noise to image
 * @param order of the steps that were taken
 */
public record TimestepRun(NoiseSchedule schedule, int[] timesteps, StepOrder order) {
  public TimestepRun(NoiseSchedule schedule, int... timesteps) {
    this(schedule, timesteps, new StepOrder(timesteps.length));
  }

  /** The latent with the noise of a step. */
  public float[] noisy(float[] original, float[] noise, int index) {
    return schedule.noisy(original, noise, timesteps[index]);
  }
}
