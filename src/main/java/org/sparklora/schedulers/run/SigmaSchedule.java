package org.sparklora.schedulers.run;

import org.apache.commons.math3.distribution.BetaDistribution;
import org.sparklora.schedulers.noise.NoiseSchedule;

/**
 * Noise over signal at the training timesteps, and the ways to choose sigmas between them. All are
 * computed as in diffusers with numpy.
 */
final class SigmaSchedule {
  /** The exponent of Karras et al. 2022, arXiv 2206.00364, section 5. */
  private static final double RHO = 7;

  /** The shape of the beta distribution of Lee et al. 2024, arXiv 2407.12173. */
  private static final double BETA_SHAPE = 0.6;

  private final float[] sigmas;
  private final float[] logSigmas;

  SigmaSchedule(NoiseSchedule schedule) {
    sigmas = schedule.sigmas();
    logSigmas = new float[sigmas.length];
    for (int t = 0; t < sigmas.length; t++) {
      logSigmas[t] = NumpyLog.log(sigmas[t]);
    }
  }

  /** The sigma of the first, cleanest timestep. */
  float smallest() {
    return sigmas[0];
  }

  /** The sigma of the last, noisiest timestep. */
  float largest() {
    return sigmas[sigmas.length - 1];
  }

  /** Sigma at fractional timesteps, on the straight line between its neighbours. */
  double[] at(double[] timesteps) {
    double[] values = new double[timesteps.length];
    for (int i = 0; i < values.length; i++) {
      double t = Math.max(0, Math.min(sigmas.length - 1, timesteps[i]));
      int low = Math.min((int) t, sigmas.length - 2);
      double slope = (double) sigmas[low + 1] - sigmas[low];
      values[i] = slope * (t - low) + sigmas[low];
    }
    return values;
  }

  /** Sigmas from the largest to the smallest, for every spacing except that of timesteps. */
  static double[] spaced(SigmaSpacing spacing, double largest, double smallest, int steps) {
    return switch (spacing) {
      case KARRAS -> karras(largest, smallest, steps);
      case EXPONENTIAL -> exponential(largest, smallest, steps);
      case BETA -> beta(largest, smallest, steps);
      case LU -> lu(largest, smallest, steps);
      case TIMESTEPS -> throw new IllegalArgumentException("timesteps have their own sigmas");
    };
  }

  /** Sigmas that are evenly spaced in {@code sigma^(1/7)}. */
  private static double[] karras(double largest, double smallest, int steps) {
    double from = StrictMath.pow(largest, 1 / RHO);
    double to = StrictMath.pow(smallest, 1 / RHO);
    double[] ramp = TimestepSpacing.linspace(0, 1, steps);
    for (int i = 0; i < steps; i++) {
      ramp[i] = StrictMath.pow(from + ramp[i] * (to - from), RHO);
    }
    return ramp;
  }

  /** Sigmas that are evenly spaced in log sigma. */
  private static double[] exponential(double largest, double smallest, int steps) {
    double[] logs =
        TimestepSpacing.linspace(StrictMath.log(largest), StrictMath.log(smallest), steps);
    for (int i = 0; i < steps; i++) {
      logs[i] = StrictMath.exp(logs[i]);
    }
    return logs;
  }

  /** Sigmas at evenly spaced quantiles of a beta distribution, which are denser at both ends. */
  private static double[] beta(double largest, double smallest, int steps) {
    BetaDistribution distribution = new BetaDistribution(null, BETA_SHAPE, BETA_SHAPE, 1e-15);
    double[] ramp = TimestepSpacing.linspace(0, 1, steps);
    for (int i = 0; i < steps; i++) {
      double quantile = distribution.inverseCumulativeProbability(1 - ramp[i]);
      ramp[i] = smallest + quantile * (largest - smallest);
    }
    return ramp;
  }

  /** Sigmas that are evenly spaced in fp32 log sigma. */
  private static double[] lu(double largest, double smallest, int steps) {
    double from = NumpyLog.log((float) largest);
    double to = NumpyLog.log((float) smallest);
    double[] ramp = TimestepSpacing.linspace(0, 1, steps);
    for (int i = 0; i < steps; i++) {
      ramp[i] = StrictMath.exp(from + ramp[i] * (to - from));
    }
    return ramp;
  }

  /**
   * Sigmas that are evenly spaced in fp32 log sigma over all training timesteps, one more than
   * {@code steps} ({@code interpolation_type} log_linear).
   */
  double[] logLinear(int steps) {
    float[] logs = NoiseSchedule.linspace(logSigmas[logSigmas.length - 1], logSigmas[0], steps + 1);
    double[] values = new double[steps + 1];
    for (int i = 0; i <= steps; i++) {
      values[i] = (float) StrictMath.exp(logs[i]);
    }
    return values;
  }

  /** The fractional timesteps that have these sigmas, interpolated in log sigma. */
  double[] timesteps(double[] chosen) {
    double[] timesteps = new double[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      double logSigma = StrictMath.log(Math.max(chosen[i], 1e-10));
      int low = 0;
      // The last one that is smaller is taken, because with rescaled betas the largest sigma is
      // not the last.
      for (int t = 0; t < logSigmas.length; t++) {
        low = logSigma >= logSigmas[t] ? Math.min(t, logSigmas.length - 2) : low;
      }
      double weight = (logSigmas[low] - logSigma) / (logSigmas[low] - logSigmas[low + 1]);
      weight = Math.max(0, Math.min(1, weight));
      timesteps[i] = (1 - weight) * low + weight * (low + 1);
    }
    return timesteps;
  }

  /** The sigmas of a run including the final one, {@code float[steps + 1]}. */
  static float[] endingAt(double[] chosen, float last) {
    float[] all = new float[chosen.length + 1];
    for (int i = 0; i < chosen.length; i++) {
      all[i] = (float) chosen[i];
    }
    all[chosen.length] = last;
    return all;
  }
}
