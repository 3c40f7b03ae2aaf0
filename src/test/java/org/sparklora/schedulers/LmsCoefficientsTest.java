package org.sparklora.schedulers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegrator;
import org.apache.commons.math3.analysis.integration.gauss.GaussIntegratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.schedulers.noise.ConfigValues;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.schedulers.run.SigmaOptions;
import org.sparklora.schedulers.run.SigmaRun;
import org.sparklora.schedulers.run.SigmaSpacing;

class LmsCoefficientsTest {
  private static final JsonNode STABLE =
      JsonNodeFactory.instance
          .objectNode()
          .put("beta_start", 0.00085)
          .put("beta_end", 0.012)
          .put("beta_schedule", "scaled_linear");

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 13, 50, 250})
  void areTheIntegralsOfTheLagrangePolynomials(int steps) {
    float[] sigmas = sigmas(steps);
    for (int index = 0; index < steps; index++) {
      int order = Math.min(4, index + 1);
      double[] coefficients = LmsDiscreteScheduler.coefficients(sigmas, index, order);
      for (int j = 0; j < order; j++) {
        double expected = integral(lagrange(sigmas, index, order, j), sigmas, index);
        double stride = Math.abs((double) sigmas[index] - sigmas[index + 1]);
        assertThat(coefficients[j]).isCloseTo(expected, within(1e-10 * stride));
      }
      // Together they interpolate a constant exactly.
      assertThat(Arrays.stream(coefficients).sum())
          .isCloseTo((double) sigmas[index + 1] - sigmas[index], within(1e-9));
    }
  }

  @Test
  void takeTheDerivativesThereAre() {
    int steps = 10;
    float[] sigmas = sigmas(steps);
    LmsDiscreteScheduler scheduler = new LmsDiscreteScheduler(new ConfigValues(STABLE), steps);
    scheduler.startAt(6);
    // An output of 1 is a derivative of 1: one of them makes an Euler step, wherever it begins.
    float[] next = scheduler.step(new float[] {1}, 6, new float[] {0.5f}, NoiseSource.none());
    assertThat(next[0]).isCloseTo(0.5f + sigmas[7] - sigmas[6], within(1e-6f));
  }

  /** {@code prod_{k != j} (s - s_k) / (s_j - s_k)}. */
  private static DoubleUnaryOperator lagrange(float[] sigmas, int index, int order, int j) {
    return s -> {
      double product = 1;
      for (int k = 0; k < order; k++) {
        if (k != j) {
          product *= (s - sigmas[index - k]) / ((double) sigmas[index - j] - sigmas[index - k]);
        }
      }
      return product;
    };
  }

  /** By Gauss and Legendre, exact for polynomials of this degree. */
  private static double integral(DoubleUnaryOperator function, float[] sigmas, int index) {
    GaussIntegrator rule =
        new GaussIntegratorFactory().legendre(5, sigmas[index + 1], sigmas[index]);
    return -rule.integrate(function::applyAsDouble);
  }

  private static float[] sigmas(int steps) {
    ConfigValues values = new ConfigValues(STABLE);
    SchedulerConfig config = SchedulerConfig.read("LMSDiscreteScheduler", values);
    return SigmaRun.of(config, values, SigmaOptions.of(SigmaSpacing.TIMESTEPS), steps).sigmas();
  }
}
