package org.sparklora.schedulers;

/** Ancestral sampling (Ho et al. 2020, arXiv 2006.11239, equation 7). */
final class DdpmScheduler implements Scheduler {
  /** The bound of the reverse variance that is used; names as in {@code variance_type}. */
  private enum VarianceType {
    FIXED_SMALL,
    /** The same bound, computed through its logarithm. */
    FIXED_SMALL_LOG,
    FIXED_LARGE
  }

  private final NoiseSchedule schedule;
  private final SampleClipping clipping;
  private final VarianceType varianceType;
  private final int[] timesteps;
  private final StepOrder order;

  DdpmScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("DDPMScheduler", values);
    clipping = SampleClipping.read(values, true);
    varianceType = values.choice("variance_type", VarianceType.FIXED_SMALL);
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LEADING);
    int offset = values.integer("steps_offset", 0);
    values.check();
    schedule = NoiseSchedule.of(config);
    int trained = config.trainTimesteps();
    timesteps =
        TimestepSpacing.requireInside(spacing.wholeTimesteps(trained, steps, offset), trained);
    order = new StepOrder(timesteps.length);
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
    float alphaBar = schedule.alphaCumprod(t);
    float previousAlphaBar =
        index + 1 < timesteps.length ? schedule.alphaCumprod(timesteps[index + 1]) : 1;
    float alpha = alphaBar / previousAlphaBar;
    float beta = 1 - alpha;
    float[] original = clipping.apply(schedule.prediction(modelOutput, sample, t)).original();
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
