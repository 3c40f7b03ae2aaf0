package org.sparklora.schedulers.run;

import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;

/**
 * A run in sigma, which is noise over signal. Samples grow with the noise: {@code sample = original
 * + sigma * noise}. Euler, Heun and LMS share this class.
 *
 * @param spacing of the timesteps
 * @param timesteps {@code float[steps]}
 * @param sigmas {@code float[steps + 1]}, or one more if they are log-linear
 */
public record SigmaRun(
    PredictionType predictionType, TimestepSpacing spacing, float[] timesteps, float[] sigmas) {
  /** The signal that is kept where rescaled betas would leave none, so that sigma stays finite. */
  static final float TERMINAL_ALPHA = 0x1p-24f;

  /** The run of a configuration; throws the problems found in it so far. */
  public static SigmaRun of(
      SchedulerConfig config, ConfigValues values, SigmaOptions options, int steps) {
    return of(config, values, options, false, steps);
  }

  /**
   * The run of a configuration.
   *
   * @param logLinear whether sigmas are evenly spaced over those of all training timesteps,
   *     whatever timesteps the run has
   */
  public static SigmaRun of(
      SchedulerConfig config,
      ConfigValues values,
      SigmaOptions options,
      boolean logLinear,
      int steps) {
    TimestepSpacing spacing = values.choice("timestep_spacing", TimestepSpacing.LINSPACE);
    int offset = values.integer("steps_offset", 0);
    values.check();
    TimestepSpacing.requireAsMany(steps, config.trainTimesteps());
    double[] chosen = spacing.timesteps(config.trainTimesteps(), steps, offset);
    NoiseSchedule schedule = NoiseSchedule.of(config);
    SigmaSchedule all =
        new SigmaSchedule(
            config.rescaleBetasZeroSnr() ? schedule.withTerminalAlpha(TERMINAL_ALPHA) : schedule);
    double[] atTimesteps = logLinear ? all.logLinear(steps) : all.at(rounded(chosen));
    boolean asTimesteps = options.spacing() == SigmaSpacing.TIMESTEPS;
    double[] spaced =
        asTimesteps
            ? atTimesteps
            : options.spaced(atTimesteps[0], atTimesteps[atTimesteps.length - 1], steps);
    return new SigmaRun(
        config.predictionType(),
        spacing,
        floats(asTimesteps ? chosen : all.timesteps(spaced)),
        SigmaSchedule.endingAt(spaced, options.finalSigma().value(all)));
  }

  /** Rounds timesteps to fp32, as diffusers does before it looks up their sigmas. */
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

  public double initNoiseSigma() {
    float largest = 0;
    for (float sigma : sigmas) {
      largest = Math.max(largest, sigma);
    }
    // Leading timesteps start below the last one, so the sample is as large as signal and noise
    // together.
    return spacing == TimestepSpacing.LEADING ? (float) Math.sqrt(largest * largest + 1) : largest;
  }

  /** The sample scaled to a variance of one, as in the UNet's training. */
  public static float[] scaled(float[] sample, float sigma) {
    float divisor = (float) Math.sqrt(sigma * sigma + 1);
    float[] scaled = new float[sample.length];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = sample[i] / divisor;
    }
    return scaled;
  }

  /** The clean latent that a model output implies. */
  public float[] original(float[] output, float[] sample, float sigma) {
    float scale = sigma * sigma + 1;
    float factor = -sigma / (float) Math.sqrt(scale);
    float[] original = new float[sample.length];
    for (int i = 0; i < original.length; i++) {
      original[i] =
          switch (predictionType) {
            case EPSILON -> sample[i] - sigma * output[i];
            case SAMPLE -> output[i];
            case V_PREDICTION -> output[i] * factor + sample[i] / scale;
          };
    }
    return original;
  }

  /** The sample's derivative by sigma (Karras et al. 2022, arXiv 2206.00364, equation 3). */
  public float[] derivative(float[] output, float[] sample, float sigma) {
    return slope(sample, original(output, sample, sigma), sigma);
  }

  public static float[] slope(float[] sample, float[] original, float sigma) {
    float[] derivative = new float[sample.length];
    for (int i = 0; i < derivative.length; i++) {
      derivative[i] = (sample[i] - original[i]) / sigma;
    }
    return derivative;
  }

  /** {@code sample + stride * derivative}. */
  public static float[] moved(float[] sample, float stride, float[] derivative) {
    float[] moved = new float[sample.length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = sample[i] + derivative[i] * stride;
    }
    return moved;
  }
}
