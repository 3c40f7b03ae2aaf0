package org.sparklora.schedulers;

import com.fasterxml.jackson.databind.JsonNode;

/** Euler steps in sigma (Karras et al. 2022, arXiv 2206.00364, algorithm 2 without churn). */
final class EulerDiscreteScheduler implements Scheduler {
  /** Signal left where rescaled betas would leave none, so that sigma stays finite. */
  private static final float TERMINAL_ALPHA = 0x1p-24f;

  private final PredictionType predictionType;
  private final TimestepSpacing spacing;
  private final float[] timesteps;
  private final float[] sigmas;
  private final StepOrder order;

  EulerDiscreteScheduler(JsonNode json, int steps) {
    ConfigValues values = new ConfigValues(json);
    SchedulerConfig config = SchedulerConfig.read("EulerDiscreteScheduler", values);
    spacing = values.choice("timestep_spacing", TimestepSpacing.LINSPACE);
    int offset = values.integer("steps_offset", 0);
    SigmaSpacing sigmaSpacing = SigmaSpacing.read(values);
    FinalSigma finalSigma = values.choice("final_sigmas_type", FinalSigma.ZERO);
    if (!values.text("interpolation_type", "linear").equals("linear")) {
      values.unsupported("interpolation_type", "use linear");
    }
    if (!values.text("timestep_type", "discrete").equals("discrete")) {
      values.unsupported("timestep_type", "use discrete");
    }
    double[] chosen = spacing.timesteps(config.trainTimesteps(), steps, offset);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    SigmaSchedule all =
        new SigmaSchedule(
            config.rescaleBetasZeroSnr() ? schedule.withTerminalAlpha(TERMINAL_ALPHA) : schedule);
    double[] atTimesteps = all.at(rounded(chosen));
    double largest = values.number("sigma_max", atTimesteps[0]);
    double smallest = values.number("sigma_min", atTimesteps[atTimesteps.length - 1]);
    values.check();
    double[] spaced =
        switch (sigmaSpacing) {
          case TIMESTEPS -> atTimesteps;
          case KARRAS -> SigmaSchedule.karras(largest, smallest, steps);
          case EXPONENTIAL -> SigmaSchedule.exponential(largest, smallest, steps);
        };
    predictionType = config.predictionType();
    timesteps = floats(sigmaSpacing == SigmaSpacing.TIMESTEPS ? chosen : all.timesteps(spaced));
    sigmas = SigmaSchedule.endingAt(spaced, finalSigma.value(all));
    order = new StepOrder(timesteps.length);
  }

  /** Timesteps live in fp32 before their sigmas are looked up. */
  private static double[] rounded(double[] values) {
    double[] rounded = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      rounded[i] = (float) values[i];
    }
    return rounded;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Override
  public float[] timesteps() {
    return timesteps.clone();
  }

  @Override
  public double initNoiseSigma() {
    float largest = 0;
    for (float sigma : sigmas) {
      largest = Math.max(largest, sigma);
    }
    // Leading timesteps start below the last one: the sample is as large as signal and noise.
    return spacing == TimestepSpacing.LEADING ? (float) Math.sqrt(largest * largest + 1) : largest;
  }

  @Override
  public float[] scaleModelInput(float[] sample, int index) {
    float divisor = (float) Math.sqrt(sigmas[index] * sigmas[index] + 1);
    float[] scaled = new float[sample.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = sample[i] / divisor;
    }
    return scaled;
  }

  @Override
  public void startAt(int index) {
    order.startAt(index);
  }

  @Override
  public float[] addNoise(float[] original, float[] noise, int index) {
    return NoiseSchedule.noisy(original, 1, noise, sigmas[index]);
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    float sigma = sigmas[index];
    float stride = sigmas[index + 1] - sigma;
    float[] previous = new float[sample.length];
    for (int i = 0; i < previous.length; i++) {
      float original = original(modelOutput[i], sample[i], sigma);
      previous[i] = sample[i] + (sample[i] - original) / sigma * stride;
    }
    return previous;
  }

  private float original(float output, float sample, float sigma) {
    float scale = sigma * sigma + 1;
    return switch (predictionType) {
      case EPSILON -> sample - sigma * output;
      case SAMPLE -> output;
      case V_PREDICTION -> output * (-sigma / (float) Math.sqrt(scale)) + sample / scale;
    };
  }
}
