package org.sparklora.schedulers;

/**
 * A run over whole timesteps of a noise schedule.
 *
 * @param timesteps from noise to image
 * @param order of the steps that were taken
 */
record TimestepRun(NoiseSchedule schedule, int[] timesteps, StepOrder order) {
  TimestepRun(NoiseSchedule schedule, int... timesteps) {
    this(schedule, timesteps, new StepOrder(timesteps.length));
  }

  /** The latent with the noise of a step. */
  float[] noisy(float[] original, float[] noise, int index) {
    return schedule.noisy(original, noise, timesteps[index]);
  }
}
