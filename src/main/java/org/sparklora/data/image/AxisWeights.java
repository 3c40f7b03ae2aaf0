package org.sparklora.data.image;

/**
 * For each output position along one axis: the input positions that it is computed from, and their
 * weights in fixed point. When shrinking, the filter is stretched over the input (antialias).
 *
 * @param first {@code int[out]}, the first input position
 * @param weights {@code int[out][]}, the weights from there, times 2^22, summing to about 2^22
 */
record AxisWeights(int[] first, int[][] weights) {
  /** 32 bits less 8 for the pixel and 2 for the overshoot of a filter. */
  static final int FRACTION_BITS = 22;

  /** The reach of the widest filter, in output pixels to both sides. */
  private static final int WIDEST = 6;

  /** The most bytes that the weights of both axes can take. */
  static long bytes(Size from, Size to) {
    return bytes(from.width(), to.width()) + bytes(from.height(), to.height());
  }

  private static long bytes(long in, long out) {
    // There is an array for each position, with as many weights as the filter is wide.
    return out * (Integer.BYTES + Long.BYTES + 16) + WIDEST * Integer.BYTES * Math.max(in, out);
  }

  static AxisWeights of(Kernel kernel, int inSize, int outSize) {
    double scale = (double) inSize / outSize;
    double stretch = Math.max(scale, 1);
    double support = kernel.support() * stretch;
    int[] first = new int[outSize];
    int[][] weights = new int[outSize][];
    for (int out = 0; out < outSize; out++) {
      double center = (out + 0.5) * scale;
      int from = Math.max((int) (center - support + 0.5), 0);
      int to = Math.min((int) (center + support + 0.5), inSize);
      first[out] = from;
      weights[out] = fixedPoint(normalised(kernel, from, to, center, 1 / stretch));
    }
    return new AxisWeights(first, weights);
  }

  private static double[] normalised(
      Kernel kernel, int from, int to, double center, double inverseStretch) {
    double[] values = new double[to - from];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      values[i] = kernel.at((i + from - center + 0.5) * inverseStretch);
      sum += values[i];
    }
    if (sum != 0) {
      for (int i = 0; i < values.length; i++) {
        values[i] /= sum;
      }
    }
    return values;
  }

  private static int[] fixedPoint(double[] values) {
    int[] fixed = new int[values.length];
    for (int i = 0; i < values.length; i++) {
      double scaled = values[i] * (1 << FRACTION_BITS);
      fixed[i] = (int) (scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
    return fixed;
  }
}
