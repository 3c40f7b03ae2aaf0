package org.sparklora.verify;

/** A measure of the distance of a quantity from its reference. */
public enum Measure {
  /** Largest absolute deviation over the largest absolute reference value. */
  MAX("max") {
    @Override
    double of(float[] actual, float[] expected) {
      double deviation = 0;
      double largest = 0;
      for (int i = 0; i < expected.length; i++) {
        double difference = Math.abs((double) actual[i] - expected[i]);
        // This form keeps a NaN, because no comparison with it is true.
        deviation = difference <= deviation ? deviation : difference;
        largest = Math.max(largest, Math.abs(expected[i]));
      }
      return deviation == 0 ? 0 : deviation / largest;
    }
  },
  /** Root mean square of the deviation over that of the reference. */
  RMS("rms") {
    @Override
    double of(float[] actual, float[] expected) {
      double deviation = 0;
      double reference = 0;
      for (int i = 0; i < expected.length; i++) {
        double difference = (double) actual[i] - expected[i];
        deviation += difference * difference;
        reference += (double) expected[i] * expected[i];
      }
      return deviation == 0 ? 0 : Math.sqrt(deviation / reference);
    }
  },
  /** Root mean square of the deviation of pictures in 0..1: 10^(-dB / 20) of the noise ratio. */
  PICTURE("rms01") {
    @Override
    double of(float[] actual, float[] expected) {
      double deviation = 0;
      for (int i = 0; i < expected.length; i++) {
        double difference = (double) actual[i] - expected[i];
        deviation += difference * difference;
      }
      return Math.sqrt(deviation / expected.length);
    }
  },
  /** One minus the cosine of the angle between both. */
  DIRECTION("1-cos") {
    @Override
    double of(float[] actual, float[] expected) {
      double product = 0;
      double actualSquare = 0;
      double expectedSquare = 0;
      for (int i = 0; i < expected.length; i++) {
        product += (double) actual[i] * expected[i];
        actualSquare += (double) actual[i] * actual[i];
        expectedSquare += (double) expected[i] * expected[i];
      }
      return 1 - product / Math.sqrt(actualSquare * expectedSquare);
    }
  };

  private final String label;

  Measure(String label) {
    this.label = label;
  }

  /** Its name in a table. */
  public String label() {
    return label;
  }

  /** The error of an array; infinite if the lengths differ. */
  final double error(float[] actual, float[] expected) {
    return actual.length == expected.length ? of(actual, expected) : Double.POSITIVE_INFINITY;
  }

  abstract double of(float[] actual, float[] expected);
}
