package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.SigmaOptions;
import org.sparklora.schedulers.run.SigmaRun;
import org.sparklora.schedulers.run.SigmaSpacing;

/**
 * Euler steps to a lower sigma than the next one, and noise back up to it: k-diffusion's {@code
 * sample_euler_ancestral} with eta 1.
 */
public final class EulerAncestralDiscreteScheduler extends SigmaScheduler {

  EulerAncestralDiscreteScheduler(ConfigValues values, int steps) {
    super(
        SigmaRun.of(
            SchedulerConfig.read("EulerAncestralDiscreteScheduler", values),
            values,
            SigmaOptions.of(SigmaSpacing.TIMESTEPS),
            steps));
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    float from = run.sigmas()[index];
    float to = run.sigmas()[index + 1];
    float up = (float) Math.sqrt(to * to * (from * from - to * to) / (from * from));
    float down = (float) Math.sqrt(to * to - up * up);
    float[] derivative = run.derivative(modelOutput, sample, from);
    float[] previous = SigmaRun.moved(sample, down - from, derivative);
    return SigmaRun.moved(previous, up, noise.normal(index, sample.length));
  }
}
