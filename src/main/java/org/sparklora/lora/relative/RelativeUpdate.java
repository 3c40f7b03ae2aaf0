package org.sparklora.lora.relative;

import java.util.stream.IntStream;
import org.sparklora.lora.lycoris.ExactFactors;
import org.sparklora.lora.lycoris.Matrix;

/** A change of a layer's weight that is a function of this weight. */
public sealed interface RelativeUpdate
    permits Glora, BlockRotation, Butterfly, InputRotation, ChannelScale {

  /** The method's name for people. */
  String kind();

  /** The size for people, such as {@code 8 blocks of 40}. */
  String size();

  /** The number of trained values. */
  long parameters();

  /** Whether all values are finite. */
  boolean isFinite();

  /**
   * Whether the update is for a weight of this shape.
   *
   * @param weight {@code out x in}, or {@code out x in x k x k} of a convolution
   */
  boolean fits(long[] weight);

  /**
   * The change in fp64.
   *
   * @param weight the base model's, {@code out x (in k k)}
   * @param kernel {@code k k}; 1 of a linear layer
   * @return of the weight's size
   */
  Matrix delta(Matrix weight, int kernel);

  /** The change as B A, of the lowest rank that is exact for every weight. */
  default ExactFactors factors(Matrix weight, int kernel) {
    return ExactFactors.ofWhole(delta(weight, kernel));
  }

  /** Whether the update also scales the layer's bias. */
  default boolean scalesBias() {
    return false;
  }

  static boolean areFinite(Matrix matrix) {
    double[] values = matrix.values();
    return IntStream.range(0, values.length).allMatch(i -> Double.isFinite(values[i]));
  }

  /** The number of values of a kernel of a weight of this shape. */
  static int kernel(long[] weight) {
    long kernel = 1;
    for (int i = 2; i < weight.length; i++) {
      kernel *= weight[i];
    }
    return Math.toIntExact(kernel);
  }
}
