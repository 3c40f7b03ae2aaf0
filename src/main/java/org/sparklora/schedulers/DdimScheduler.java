package org.sparklora.schedulers;

/** DDIM without noise (Song et al. 2021, arXiv 2010.02502, equation 12 with eta 0). */
final class DdimScheduler implements Scheduler {
  private final NoiseSchedule schedule;
  private final SampleClipping clipping;
  private final float finalAlpha;
  private final int stride;
  private final int[] timesteps;
  private final StepOrder order;

  DdimScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("DDIMScheduler", values);
    clipping = SampleClipping.read(values, true);
    boolean endsClean = values.flag("set_alpha_to_one", true);
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LEADING);
    int offset = values.integer("steps_offset", 0);
    values.check();
    schedule = NoiseSchedule.of(config);
    finalAlpha = endsClean ? 1 : schedule.alphaCumprod(0);
    int trained = config.trainTimesteps();
    stride = trained / steps;
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
    Prediction prediction = clipping.apply(schedule.prediction(modelOutput, sample, t));
    float alpha = t >= stride ? schedule.alphaCumprod(t - stride) : finalAlpha;
    float signal = (float) Math.sqrt(alpha);
    float direction = (float) Math.sqrt(1 - alpha);
    float[] previous = new float[sample.length];
    for (int i = 0; i < previous.length; i++) {
      previous[i] = signal * prediction.original()[i] + direction * prediction.epsilon()[i];
    }
    return previous;
  }
}
