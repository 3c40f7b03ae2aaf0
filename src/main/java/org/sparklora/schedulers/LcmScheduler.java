package org.sparklora.schedulers;

import org.sparklora.util.InvalidInputException;

/**
 * Multistep sampling of latent consistency models (Luo et al. 2023, arXiv 2310.04378, algorithm 3):
 * each step goes to the clean latent, and back to the noise of the next timestep.
 */
final class LcmScheduler implements Scheduler {
  private static final double SIGMA_DATA = 0.5;

  private final NoiseSchedule schedule;
  private final SampleClipping clipping;
  private final double timestepScaling;
  private final int[] timesteps;
  private final StepOrder order;

  LcmScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("LCMScheduler", values);
    clipping = SampleClipping.read(values, false);
    int original = values.integer("original_inference_steps", 50);
    timestepScaling = values.number("timestep_scaling", 10);
    values.require(
        original >= 1 && original <= config.trainTimesteps(),
        "Invalid original_inference_steps in scheduler_config.json: "
            + original
            + "; use 1 to num_train_timesteps.");
    values.check();
    schedule = NoiseSchedule.of(config);
    timesteps = distilled(config.trainTimesteps(), original, steps);
    order = new StepOrder(steps);
  }

  /**
   * Chooses timesteps evenly from those of the distillation, which are evenly spaced themselves.
   */
  private static int[] distilled(int trained, int original, int steps) {
    if (steps > original) {
      throw InvalidInputException.configuration(
          "Invalid number of sampling steps: "
              + steps
              + "; the model was distilled on original_inference_steps "
              + original
              + "; use fewer steps.");
    }
    int[] timesteps = new int[steps];
    for (int i = 0; i < steps; i++) {
      int chosen = (int) Math.floor(i * ((double) original / steps));
      timesteps[i] = (original - chosen) * (trained / original) - 1;
    }
    return timesteps;
  }

  @Override
  public float[] timesteps() {
    return TimestepSpacing.floats(timesteps);
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    return schedule.noisy(original, noise, timesteps[index]);
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    int t = timesteps[index];
    float[] original = clipping.apply(schedule.prediction(modelOutput, sample, t)).original();
    double scaled = t * timestepScaling;
    double distance = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
    float[] clean =
        NoiseSchedule.noisy(
            original,
            (float) (scaled / Math.sqrt(distance)),
            sample,
            (float) (SIGMA_DATA * SIGMA_DATA / distance));
    return index + 1 == timesteps.length
        ? clean
        : schedule.noisy(clean, noise.normal(index, sample.length), timesteps[index + 1]);
  }
}
