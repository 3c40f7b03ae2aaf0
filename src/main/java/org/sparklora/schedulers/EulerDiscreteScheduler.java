package org.sparklora.schedulers;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.SigmaOptions;
import org.sparklora.schedulers.run.SigmaRun;
import org.sparklora.schedulers.run.StepOrder;

/** Euler steps in sigma (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn). */
public final class EulerDiscreteScheduler implements Scheduler {
  /** The interpolation of sigma between timesteps; names as in {@code interpolation_type}. */
  private enum Interpolation {
    LINEAR,
    LOG_LINEAR
  }

  /** The timestep that the UNet gets; names as in {@code timestep_type}. */
  private enum TimestepType {
    DISCRETE,
    /** {@code log(sigma) / 4} (Karras et al., table 1), if the UNet predicts v. */
    CONTINUOUS
  }

  private final SigmaRun run;
  private final float[] timesteps;
  private final StepOrder order;

  EulerDiscreteScheduler(ConfigValues values, int steps) {
    SchedulerConfig config = SchedulerConfig.read("EulerDiscreteScheduler", values);
    SigmaOptions options = SigmaOptions.read(values);
    boolean logLinear =
        values.choice("interpolation_type", Interpolation.LINEAR) == Interpolation.LOG_LINEAR;
    boolean continuous =
        values.choice("timestep_type", TimestepType.DISCRETE) == TimestepType.CONTINUOUS;
    run = SigmaRun.of(config, values, options, logLinear, steps);
    timesteps =
        continuous && config.predictionType() == PredictionType.V_PREDICTION
            ? logarithms(run.sigmas(), run.sigmas().length - 1)
            : run.timesteps();
    order = new StepOrder(timesteps.length);
  }

  private static float[] logarithms(float[] sigmas, int n) {
    float[] timesteps = new float[n];
    for (int i = 0; i < n; i++) {
      timesteps[i] = 0.25f * (float) StrictMath.log(sigmas[i]);
    }
    return timesteps;
  }

  @Override
  public float[] timesteps() {
    return timesteps.clone();
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
    float stride = run.sigmas()[index + 1] - run.sigmas()[index];
    float[] derivative = run.derivative(modelOutput, sample, run.sigmas()[index]);
    return SigmaRun.moved(sample, stride, derivative);
  }
}
