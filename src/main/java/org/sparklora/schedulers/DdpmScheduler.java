package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.TimestepRun;
import org.sparklora.schedulers.run.TimestepSpacing;

/** Ancestral sampling (Ho et al. 2020, arXiv 2006.11239, equation 7). */
final class DdpmScheduler implements TimestepScheduler {
  /** The bound of the reverse variance that is used; names as in {@code variance_type}. */
  private enum VarianceType {
    FIXED_SMALL,
    /** The same bound, computed through its logarithm. */
    FIXED_SMALL_LOG,
    FIXED_LARGE
  }

  private final TimestepRun run;
  private final SampleClipping clipping;
  private final VarianceType varianceType;

  DdpmScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("DDPMScheduler", values);
    clipping = SampleClipping.read(values, true);
    varianceType = values.choice("variance_type", VarianceType.FIXED_SMALL);
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LEADING);
    int offset = values.integer("steps_offset", 0);
    values.check();
    int trained = config.trainTimesteps();
    int[] timesteps = spacing.wholeTimesteps(trained, steps, offset);
    run =
        new TimestepRun(
            NoiseSchedule.of(config), TimestepSpacing.requireInside(timesteps, trained));
  }

  @Override
  public TimestepRun run() {
    return run;
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    run.order().take(index);
    int t = run.timesteps()[index];
    float alphaBar = run.schedule().alphaCumprod(t);
    float previousAlphaBar =
        index + 1 < run.timesteps().length
            ? run.schedule().alphaCumprod(run.timesteps()[index + 1])
            : 1;
    float alpha = alphaBar / previousAlphaBar;
    float beta = 1 - alpha;
    float[] original = clipping.apply(run.schedule().prediction(modelOutput, sample, t)).original();
    float originalFactor = (float) Math.sqrt(previousAlphaBar) * beta / (1 - alphaBar);
    float sampleFactor = (float) Math.sqrt(alpha) * (1 - previousAlphaBar) / (1 - alphaBar);
    float[] previous = new float[sample.length];
    for (int i = 0; i < previous.length; i++) {
      previous[i] = originalFactor * original[i] + sampleFactor * sample[i];
    }
    if (t > 0) {
      float variance = Math.max((1 - previousAlphaBar) / (1 - alphaBar) * beta, 1e-20f);
      float deviation =
          (float) Math.sqrt(varianceType == VarianceType.FIXED_LARGE ? beta : variance);
      float[] drawn = noise.normal(index, previous.length);
      for (int i = 0; i < previous.length; i++) {
        previous[i] += deviation * drawn[i];
      }
    }
    return previous;
  }
}
