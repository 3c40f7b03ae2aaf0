package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.Prediction;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.TimestepRun;
import org.sparklora.schedulers.run.TimestepSpacing;

/** DDIM without noise (Song et al. 2021, arXiv 2010.02502, equation 12 with eta 0). */
final class DdimScheduler implements TimestepScheduler {
  private final TimestepRun run;
  private final SampleClipping clipping;
  private final float finalAlpha;
  private final int stride;

  DdimScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("DDIMScheduler", values);
    clipping = SampleClipping.read(values, true);
    boolean endsClean = values.flag("set_alpha_to_one", true);
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LEADING);
    int offset = values.integer("steps_offset", 0);
    values.check();
    NoiseSchedule schedule = NoiseSchedule.of(config);
    finalAlpha = endsClean ? 1 : schedule.alphaCumprod(0);
    int trained = config.trainTimesteps();
    stride = trained / steps;
    int[] timesteps = spacing.wholeTimesteps(trained, steps, offset);
    run = new TimestepRun(schedule, TimestepSpacing.requireInside(timesteps, trained));
  }

  @Override
  public TimestepRun run() {
    return run;
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    run.order().take(index);
    int t = run.timesteps()[index];
    Prediction prediction = clipping.apply(run.schedule().prediction(modelOutput, sample, t));
    float alpha = t >= stride ? run.schedule().alphaCumprod(t - stride) : finalAlpha;
    float signal = (float) Math.sqrt(alpha);
    float direction = (float) Math.sqrt(1 - alpha);
    float[] previous = new float[sample.length];
    for (int i = 0; i < previous.length; i++) {
      previous[i] = signal * prediction.original()[i] + direction * prediction.epsilon()[i];
    }
    return previous;
  }
}
