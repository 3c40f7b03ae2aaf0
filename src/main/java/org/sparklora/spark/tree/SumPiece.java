package org.sparklora.spark.tree;

import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * A piece of a sum of gradients: some values of an array.
 *
 * @param loss the whole loss of the sum
 * @param begin of the piece in the array
 * @param isLent whether the array belongs to a worker, which may send it again; it is then only
 *     read. Else the piece is the whole array.
 */
public record SumPiece(double loss, float[] array, int begin, int length, boolean isLent) {
  /** A sum whose array belongs to the piece. */
  public static SumPiece of(MicroBatchGradient sum) {
    return new SumPiece(sum.loss(), sum.values(), 0, sum.values().length, false);
  }

  /** Adds two pieces. The sum is in an array of one of them, or in a new one if both are lent. */
  SumPiece plus(SumPiece right, GradientType type) {
    float[] into = !isLent ? array : !right.isLent ? right.array : new float[length];
    for (int i = 0; i < length; i++) {
      into[i] = array[begin + i] + right.array[right.begin + i];
    }
    type.round(into);
    return new SumPiece(loss + right.loss, into, 0, length, false);
  }
}
