package org.sparklora.spark.tree;

import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * A piece of a sum of gradients. Workers' arrays are only read, and nothing is added to them before
 * the values are read. So a sum of many gradients goes once through memory, a few values at a time.
 */
public sealed interface SumPiece {
  /** Values that are added at once: few enough that they stay in a core's nearest cache. */
  int AT_ONCE = 2048;

  /** Takes values of a piece. */
  @FunctionalInterface
  interface Reader {
    /**
     * Takes some values.
     *
     * @param begin of the values in the piece
     * @param some the values, from index 0; used again afterwards
     * @param count number of values
     */
    void take(int begin, float[] some, int count);
  }

  /** The loss of the whole sum. */
  double loss();

  /** Number of values. */
  int length();

  /**
   * Reads some values.
   *
   * @param from first value in the piece
   * @param into gets the values, from index 0
   */
  void read(int from, int count, float[] into);

  private static void add(float[] values, int first, int count, float[] sum) {
    for (int i = 0; i < count; i++) {
      sum[i] += values[first + i];
    }
  }

  /** The whole sum of a worker. */
  static SumPiece of(MicroBatchGradient sum) {
    return new Values(sum.loss(), sum.values(), 0, sum.values().length, true);
  }

  /** The piece as values: a sum is added now, in a new array. */
  default SumPiece added() {
    float[] values = gradient().values();
    return new Values(loss(), values, 0, values.length, false);
  }

  /**
   * Left plus right, rounded to a type. Two pieces with arrays of their own, as frames bring them,
   * are added at once in the left one, so that a station with many senders holds few arrays.
   */
  static SumPiece sum(SumPiece left, SumPiece right, GradientType type) {
    Sum sum = new Sum(left, right, type);
    if (left instanceof Values into
        && right instanceof Values from
        && into.isOwn()
        && from.isOwn()) {
      from.addTo(into.array(), 0, into.length());
      type.round(into.array());
      return new Values(sum.loss(), into.array(), 0, into.length(), false);
    }
    return sum;
  }

  /** The piece as a gradient: without a copy, if an array holds only this piece. */
  default MicroBatchGradient gradient() {
    float[] values = new float[length()];
    readAll((begin, some, count) -> System.arraycopy(some, 0, values, begin, count));
    return new MicroBatchGradient(loss(), values);
  }

  /** Reads all values, one part after the other. */
  default void readAll(Reader reader) {
    float[] some = new float[Math.min(AT_ONCE, length())];
    for (int begin = 0; begin < length(); begin += AT_ONCE) {
      int count = Math.min(AT_ONCE, length() - begin);
      read(begin, count, some);
      reader.take(begin, some, count);
    }
  }

  /**
   * Values of an array.
   *
   * @param begin of the piece in the array
   * @param isLent whether the array belongs to a worker, which may send it again
   */
  record Values(double loss, float[] array, int begin, int length, boolean isLent)
      implements SumPiece {
    private boolean isOwn() {
      return !isLent && length == array.length;
    }

    @Override
    public SumPiece added() {
      return this;
    }

    @Override
    public void read(int from, int count, float[] into) {
      System.arraycopy(array, begin + from, into, 0, count);
    }

    @Override
    public MicroBatchGradient gradient() {
      return length == array.length
          ? new MicroBatchGradient(loss, array)
          : SumPiece.super.gradient();
    }

    private void addTo(float[] sum, int from, int count) {
      add(array, begin + from, count, sum);
    }
  }

  /** Left plus right, rounded to a type. */
  record Sum(SumPiece left, SumPiece right, GradientType type) implements SumPiece {
    @Override
    public double loss() {
      return left.loss() + right.loss();
    }

    @Override
    public int length() {
      return left.length();
    }

    @Override
    public void read(int from, int count, float[] into) {
      left.read(from, count, into);
      if (right instanceof Values values) {
        values.addTo(into, from, count);
      } else {
        float[] other = new float[count];
        right.read(from, count, other);
        add(other, 0, count, into);
      }
      type.round(into);
    }
  }
}
