package org.sparklora.schedulers;

/**
 * Euler steps to a lower sigma than the next one, and noise back up to it: k-diffusion's {@code
 * sample_euler_ancestral} with eta 1.
 */
final class EulerAncestralDiscreteScheduler implements Scheduler {
  private final SigmaRun run;
  private final StepOrder order;

  EulerAncestralDiscreteScheduler(ConfigValues values, int steps) {
    run =
        SigmaRun.of(
            SchedulerConfig.read("EulerAncestralDiscreteScheduler", values),
            values,
            SigmaOptions.of(SigmaSpacing.TIMESTEPS),
            steps);
    order = new StepOrder(run.timesteps().length);
  }

  @Override
  public float[] timesteps() {
    return run.timesteps().clone();
  }

  @Override
  public double initNoiseSigma() {
    return run.initNoiseSigma();
  }

  @Override
  public float[] scaleModelInput(float[] sample, int index) {
    return SigmaRun.scaled(sample, run.sigmas()[index]);
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    return NoiseSchedule.noisy(original, 1, noise, run.sigmas()[index]);
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
