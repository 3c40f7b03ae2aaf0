package org.sparklora.schedulers;

/**
 * Noise over signal at the training timesteps, and the ways to choose sigmas between them; as
 * diffusers computes them with numpy.
 */
final class SigmaSchedule {
  /** Karras et al. 2022, arXiv 2206.00364, section 5. */
  private static final double RHO = 7;

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

  /** Evenly spaced in {@code sigma^(1/7)}, from the largest to the smallest. */
  static double[] karras(double largest, double smallest, int steps) {
    double from = StrictMath.pow(largest, 1 / RHO);
    double to = StrictMath.pow(smallest, 1 / RHO);
    double[] ramp = TimestepSpacing.linspace(0, 1, steps);
    for (int i = 0; i < steps; i++) {
      ramp[i] = StrictMath.pow(from + ramp[i] * (to - from), RHO);
    }
    return ramp;
  }

  /** Evenly spaced in log sigma, from the largest to the smallest. */
  static double[] exponential(double largest, double smallest, int steps) {
    double[] logs =
        TimestepSpacing.linspace(StrictMath.log(largest), StrictMath.log(smallest), steps);
    for (int i = 0; i < steps; i++) {
      logs[i] = StrictMath.exp(logs[i]);
    }
    return logs;
  }

  /** The fractional timesteps that have these sigmas, interpolated in log sigma. */
  double[] timesteps(double[] chosen) {
    double[] timesteps = new double[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      double logSigma = StrictMath.log(Math.max(chosen[i], 1e-10));
      int low = 0;
      while (low < logSigmas.length - 2 && logSigma >= logSigmas[low + 1]) {
        low++;
      }
      double weight = (logSigmas[low] - logSigma) / (logSigmas[low] - logSigmas[low + 1]);
      weight = Math.max(0, Math.min(1, weight));
      timesteps[i] = (1 - weight) * low + weight * (low + 1);
    }
    return timesteps;
  }

  /** The sigmas a run visits, with the one it ends at, {@code float[steps + 1]}. */
  static float[] endingAt(double[] chosen, float last) {
    float[] all = new float[chosen.length + 1];
    for (int i = 0; i < chosen.length; i++) {
      all[i] = (float) chosen[i];
    }
    all[chosen.length] = last;
    return all;
  }
}
