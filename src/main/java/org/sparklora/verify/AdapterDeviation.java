package org.sparklora.verify;

import java.util.Arrays;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.tensor.Precision;

/** The deviation of a vector that is laid out like an adapter. */
final class AdapterDeviation {
  private AdapterDeviation() {}

  /**
   * In fp32 the largest over all tensors, each relative to its own largest value. In less the whole
   * vector's relative L2 distance: a tensor whose gradient is a small remainder of large terms has
   * no digits of its own at 8 bits of mantissa.
   */
  static double largest(
      AdapterLayout layout, float[] actual, float[] expected, Precision precision) {
    if (precision != Precision.FP32) {
      return relativeDistance(actual, expected);
    }
    double largest = 0;
    for (AdapterLayout.Module module : layout.modules()) {
      int middle = module.upOffset();
      double down = range(actual, expected, module.downOffset(), middle);
      double up = range(actual, expected, middle, middle + module.upSize());
      largest = Math.max(largest, Math.max(down, up));
    }
    return largest;
  }

  private static double range(float[] actual, float[] expected, int from, int to) {
    return Comparison.relativeError(
        Arrays.copyOfRange(actual, from, to), Arrays.copyOfRange(expected, from, to));
  }

  private static double relativeDistance(float[] actual, float[] expected) {
    double distance = 0;
    double length = 0;
    for (int i = 0; i < actual.length; i++) {
      double difference = (double) actual[i] - expected[i];
      distance += difference * difference;
      length += (double) expected[i] * expected[i];
    }
    return Math.sqrt(distance / length);
  }
}
