package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Running means of squares over the longest axis ("rows") and over the second longest ("columns")
 * of each large tensor. Their outer product stands for the mean of each square, as in
 * ProdigyPlusScheduleFree 2.0, whose factors are those of pytorch-image-models' Adafactor. Sums are
 * taken in double.
 *
 * @param rows the means over the longest axis, one tensor after the other
 * @param columns the means over the second longest
 */
record AxisMeans(float[] rows, float[] columns) {
  /** A tensor is large when an axis has this length. */
  private static final long LARGE = 32;

  private static final float EPSILON = 1e-30f;

  /**
   * Maps a tensor's values to those of the tensor whose axis of this length has been reduced.
   *
   * @param inner the number of values over all later axes
   */
  private record Reduced(int length, int inner) {
    static Reduced of(long[] shape, int axis) {
      int inner = 1;
      for (int i = axis + 1; i < shape.length; i++) {
        inner *= (int) shape[i];
      }
      return new Reduced((int) shape[axis], inner);
    }

    int at(int i) {
      return i / (length * inner) * inner + i % inner;
    }
  }

  /**
   * A large tensor, and the index at which its means begin.
   *
   * @param normal the axis of the rows over which they are divided by their mean
   */
  record Large(
      ParameterTensor tensor,
      Reduced row,
      Reduced column,
      Reduced normal,
      int rowsAt,
      int columnsAt) {
    int rowCount() {
      return tensor.size() / row.length;
    }

    int columnCount() {
      return tensor.size() / column.length;
    }
  }

  /** Each tensor with its place; empty for one that is small or a vector. */
  static List<Optional<Large>> places(List<ParameterTensor> tensors) {
    List<Optional<Large>> places = new ArrayList<>();
    int rows = 0;
    int columns = 0;
    for (ParameterTensor tensor : tensors) {
      Optional<Large> place = place(tensor, rows, columns);
      rows += place.map(Large::rowCount).orElse(0);
      columns += place.map(Large::columnCount).orElse(0);
      places.add(place);
    }
    return places;
  }

  private static Optional<Large> place(ParameterTensor tensor, int rowsAt, int columnsAt) {
    long[] shape = tensor.shape();
    int longest = longest(shape, -1);
    if (shape.length < 2 || shape[longest] < LARGE) {
      return Optional.empty();
    }
    int second = longest(shape, longest);
    long[] ofRows = shape.clone();
    ofRows[longest] = 1;
    // The package takes this axis also where it has kept the longest one, with a length of 1.
    int normal = second > longest ? second - 1 : second;
    return Optional.of(
        new Large(
            tensor,
            Reduced.of(shape, longest),
            Reduced.of(shape, second),
            Reduced.of(ofRows, normal),
            rowsAt,
            columnsAt));
  }

  /** The longest axis but one; of equal ones the last. */
  private static int longest(long[] shape, int except) {
    int longest = except == 0 ? 1 : 0;
    for (int axis = 0; axis < shape.length; axis++) {
      if (axis != except && shape[axis] >= shape[longest]) {
        longest = axis;
      }
    }
    return longest;
  }

  /**
   * Updates the means by the squares of a gradient.
   *
   * @param keep the means' factor
   * @param share the squares' factor
   */
  void add(Large large, float[] gradient, float keep, float share) {
    double[] rowSums = new double[large.rowCount()];
    double[] columnSums = new double[large.columnCount()];
    int offset = large.tensor.offset();
    for (int i = 0; i < large.tensor.size(); i++) {
      float square = gradient[offset + i] * gradient[offset + i];
      rowSums[large.row.at(i)] += square;
      columnSums[large.column.at(i)] += square;
    }
    mix(rows, large.rowsAt, rowSums, large.row.length, keep, share);
    mix(columns, large.columnsAt, columnSums, large.column.length, keep, share);
  }

  private static void mix(
      float[] means, int at, double[] sums, int length, float keep, float share) {
    for (int i = 0; i < sums.length; i++) {
      means[at + i] = means[at + i] * keep + share * (float) (sums[i] / length);
    }
  }

  /** The root of the mean that stands for each value's square. */
  float[] roots(Large large) {
    float[] factors = new float[large.rowCount()];
    double[] sums = new double[factors.length / large.normal.length];
    for (int i = 0; i < factors.length; i++) {
      sums[large.normal.at(i)] += rows[large.rowsAt + i];
    }
    for (int i = 0; i < factors.length; i++) {
      float mean = (float) (sums[large.normal.at(i)] / large.normal.length) + EPSILON;
      factors[i] = rows[large.rowsAt + i] / mean;
    }
    float[] roots = new float[large.tensor.size()];
    for (int i = 0; i < roots.length; i++) {
      float square = factors[large.row.at(i)] * columns[large.columnsAt + large.column.at(i)];
      roots[i] = (float) Math.sqrt(square);
    }
    return roots;
  }
}
