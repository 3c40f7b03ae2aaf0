package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.TimestepRun;
import org.sparklora.util.InvalidInputException;

/**
 * Multistep sampling of latent consistency models (Luo et al. 2023, arXiv 2310.04378, algorithm 3):
 * each step goes to the clean latent, and back to the noise of the next timestep.
 */
final class LcmScheduler implements TimestepScheduler {
  private static final double SIGMA_DATA = 0.5;

  private final TimestepRun run;
  private final SampleClipping clipping;
  private final double timestepScaling;

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
    run =
        new TimestepRun(
            NoiseSchedule.of(config), distilled(config.trainTimesteps(), original, steps));
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
  public TimestepRun run() {
    return run;
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    run.order().take(index);
    int t = run.timesteps()[index];
    float[] original = clipping.apply(run.schedule().prediction(modelOutput, sample, t)).original();
    double scaled = t * timestepScaling;
    double distance = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
    float[] clean =
        NoiseSchedule.noisy(
            original,
            (float) (scaled / Math.sqrt(distance)),
            sample,
            (float) (SIGMA_DATA * SIGMA_DATA / distance));
    return index + 1 == run.timesteps().length
        ? clean
        : run.schedule()
            .noisy(clean, noise.normal(index, sample.length), run.timesteps()[index + 1]);
  }
}
