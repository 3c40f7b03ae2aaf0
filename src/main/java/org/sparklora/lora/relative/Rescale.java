package org.sparklora.lora.relative;

import java.util.Arrays;
import java.util.Optional;
import org.sparklora.lora.lycoris.Matrix;

/** LyCORIS' {@code rescale}: a trained factor for each output, after the rotation. */
final class Rescale {
  private Rescale() {}

  static boolean isFinite(Optional<double[]> factors) {
    return Arrays.stream(factors.orElse(new double[0])).allMatch(Double::isFinite);
  }

  static boolean fits(Optional<double[]> factors, long outputs) {
    return factors.map(values -> values.length == outputs).orElse(true);
  }

  static Matrix of(Optional<double[]> factors, Matrix weight) {
    return factors.map(weight::rowsTimes).orElse(weight);
  }
}
