package org.sparklora.schedulers;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.SigmaOptions;
import org.sparklora.schedulers.run.SigmaRun;
import org.sparklora.schedulers.run.SigmaSpacing;

/**
 * Linear multistep in sigma, up to order 4 (Adams and Bashforth; k-diffusion's {@code sample_lms}):
 * the derivative between two sigmas is the polynomial through the latest ones, integrated exactly.
 */
final class LmsDiscreteScheduler extends SigmaScheduler {
  private static final int MAX_ORDER = 4;

  /** The latest derivatives, the newest first. */
  private final Deque<float[]> derivatives = new ArrayDeque<>();

  LmsDiscreteScheduler(ConfigValues values, int steps) {
    // LMS has no rescale_betas_zero_snr in diffusers: the first sigma must be finite.
    super(
        SigmaRun.of(
            SchedulerConfig.read("LMSDiscreteScheduler", values).withRescaling(false),
            values,
            SigmaOptions.of(SigmaSpacing.read(values)),
            steps));
  }

  @Override
  public float[] step(float[] modelOutput, int index, float[] sample, NoiseSource noise) {
    order.take(index);
    derivatives.push(run.derivative(modelOutput, sample, run.sigmas()[index]));
    if (derivatives.size() > MAX_ORDER) {
      derivatives.removeLast();
    }
    double[] coefficients = coefficients(run.sigmas(), index, derivatives.size());
    float[] change = new float[sample.length];
    Iterator<float[]> latest = derivatives.iterator();
    for (double coefficient : coefficients) {
      change = SigmaRun.moved(change, (float) coefficient, latest.next());
    }
    return SigmaRun.moved(sample, 1, change);
  }

  /**
   * The weight of each of the latest derivatives in the step from {@code sigmas[index]} to the
   * next: the integral of its Lagrange polynomial, {@code prod_{k != j} (s - s_k) / (s_j - s_k)}.
   */
  static double[] coefficients(float[] sigmas, int index, int order) {
    double[] coefficients = new double[order];
    double start = sigmas[index];
    double end = sigmas[index + 1];
    for (int j = 0; j < order; j++) {
      double[] polynomial = {1};
      double denominator = 1;
      for (int k = 0; k < order; k++) {
        if (k != j) {
          polynomial = timesLinear(polynomial, sigmas[index - k] - start);
          denominator *= (double) sigmas[index - j] - sigmas[index - k];
        }
      }
      coefficients[j] = integral(polynomial, end - start) / denominator;
    }
    return coefficients;
  }

  /** Coefficients, lowest power first, of {@code polynomial * (x - root)}. */
  private static double[] timesLinear(double[] polynomial, double root) {
    double[] product = new double[polynomial.length + 1];
    for (int power = 0; power < polynomial.length; power++) {
      product[power] -= root * polynomial[power];
      product[power + 1] += polynomial[power];
    }
    return product;
  }

  /** The integral of a polynomial from 0 to x. */
  private static double integral(double[] polynomial, double x) {
    double sum = 0;
    for (int power = polynomial.length - 1; power >= 0; power--) {
      sum = (sum + polynomial[power] / (power + 1)) * x;
    }
    return sum;
  }
}
