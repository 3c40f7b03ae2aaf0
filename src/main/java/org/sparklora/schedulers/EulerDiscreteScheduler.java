package org.sparklora.schedulers;

import com.fasterxml.jackson.databind.JsonNode;

/** Euler steps in sigma (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn). */
final class EulerDiscreteScheduler implements Scheduler {
  private final SigmaRun run;
  private final StepOrder order;

  EulerDiscreteScheduler(JsonNode json, int steps) {
    ConfigValues values = new ConfigValues(json);
    SchedulerConfig config = SchedulerConfig.read("EulerDiscreteScheduler", values);
    FinalSigma finalSigma = values.choice("final_sigmas_type", FinalSigma.ZERO);
    if (!values.text("interpolation_type", "linear").equals("linear")) {
      values.unsupported("interpolation_type", "use linear");
    }
    if (!values.text("timestep_type", "discrete").equals("discrete")) {
      values.unsupported("timestep_type", "use discrete");
    }
    SigmaSpacing spacing = SigmaSpacing.read(values);
    run =
        SigmaRun.of(
            config,
            values,
            spacing,
            finalSigma,
            values.number("sigma_max"),
            values.number("sigma_min"),
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
    float stride = run.sigmas()[index + 1] - run.sigmas()[index];
    float[] derivative = run.derivative(modelOutput, sample, run.sigmas()[index]);
    return SigmaRun.moved(sample, stride, derivative);
  }
}
