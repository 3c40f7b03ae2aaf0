package org.sparklora.verify;

/**
 * One quantity against its reference.
 *
 * @param name as in the reference files
 * @param error the largest absolute deviation over the largest absolute reference value
 * @param tolerance the largest error that passes
 */
public record Comparison(String name, double error, double tolerance) {
  /** Whether the error is a number and within the tolerance. */
  public boolean passes() {
    return error <= tolerance;
  }

  /** Compares arrays of one length. */
  static double relativeError(float[] actual, float[] expected) {
    if (actual.length != expected.length) {
      return Double.POSITIVE_INFINITY;
    }
    double deviation = 0;
    double largest = 0;
    for (int i = 0; i < actual.length; i++) {
      double difference = Math.abs((double) actual[i] - expected[i]);
      // A NaN must not pass: no comparison with it is true.
      deviation = difference <= deviation ? deviation : difference;
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return deviation == 0 ? 0 : deviation / largest;
  }

  static double relativeError(double actual, double expected) {
    return actual == expected ? 0 : Math.abs(actual - expected) / Math.abs(expected);
  }
}
