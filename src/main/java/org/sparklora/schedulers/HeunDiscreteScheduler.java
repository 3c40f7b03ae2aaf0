package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.SigmaOptions;
import org.sparklora.schedulers.run.SigmaRun;
import org.sparklora.schedulers.run.SigmaSpacing;
import org.sparklora.schedulers.run.StepOrder;

/**
 * Heun's second-order steps in sigma (Karras et al. 2022, arXiv 2206.00364, algorithm 1): an Euler
 * step, and another along the mean of the derivatives at both ends. Each step except the last calls
 * the model twice, so a run of n steps has 2 n - 1 timesteps.
 */
public final class HeunDiscreteScheduler implements Scheduler {
  private final SigmaRun run;
  private final SampleClipping clipping;
  private final StepOrder order;

  private float[] firstDerivative = {};
  private float[] firstSample = {};

  HeunDiscreteScheduler(ConfigValues values, int steps) {
    // Heun has no rescale_betas_zero_snr in diffusers: its first sigma must be finite.
    SchedulerConfig config =
        SchedulerConfig.read("HeunDiscreteScheduler", values).withRescaling(false);
    clipping = SampleClipping.read(values, false);
    run = SigmaRun.of(config, values, SigmaOptions.of(SigmaSpacing.read(values)), steps);
    order = new StepOrder(2 * run.timesteps().length - 1);
  }

  /** The step that a model call belongs to: 0, 1, 1, 2, 2, ... */
  private static int point(int index) {
    return (index + 1) / 2;
  }

  @Override
  public int order() {
    return 2;
  }

  @Override
  public float[] timesteps() {
    float[] timesteps = new float[2 * run.timesteps().length - 1];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = run.timesteps()[point(i)];
    }
    return timesteps;
  }

  @Override
  public double initNoiseSigma() {
    return run.initNoiseSigma();
  }

  @Override
  public float[] scaleModelInput(float[] sample, int index) {
    return SigmaRun.scaled(sample, run.sigmas()[point(index)]);
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    return NoiseSchedule.noisy(original, 1, noise, run.sigmas()[point(index)]);
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    int at = point(index);
    float sigma = run.sigmas()[at];
    float[] original = clipping.apply(run.original(modelOutput, sample, sigma));
    float[] derivative = SigmaRun.slope(sample, original, sigma);
    boolean first = order.taken(index) % 2 == 0;
    if (first) {
      firstDerivative = derivative;
      firstSample = sample;
      return SigmaRun.moved(sample, run.sigmas()[at + 1] - sigma, derivative);
    }
    for (int i = 0; i < derivative.length; i++) {
      derivative[i] = (firstDerivative[i] + derivative[i]) / 2;
    }
    return SigmaRun.moved(firstSample, sigma - run.sigmas()[at - 1], derivative);
  }
}
