package org.sparklora.train.optimizer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Running means of squares over the rows and over the columns of each matrix, whose outer product
 * stands for the mean of each square (Shazeer and Stern 2018, arXiv 1804.04235). Sums are taken in
 * double.
 *
 * <p>A convolution's tensor is a stack of matrices over its last two dimensions, as in
 * transformers.
 *
 * @param rows the means over rows, one matrix after the other
 * @param columns the means over columns
 */
record FactoredMeans(List<Stack> stacks, float[] rows, float[] columns) {
  /** A stack of matrices, and the index at which its means begin. */
  record Stack(
      ParameterTensor tensor, int stacked, int height, int width, int rowsAt, int columnsAt) {}

  /** A value of the flat vector. */
  interface Value {
    float at(int i);
  }

  /** The tensors that are matrices or stacks of them. */
  static List<Stack> stacks(List<ParameterTensor> tensors) {
    List<Stack> stacks = new ArrayList<>();
    int rows = 0;
    int columns = 0;
    for (ParameterTensor tensor : tensors) {
      int dimensions = tensor.shape().length;
      if (dimensions >= 2) {
        int height = (int) tensor.shape()[dimensions - 2];
        int width = (int) tensor.shape()[dimensions - 1];
        int stacked = tensor.size() / (height * width);
        stacks.add(new Stack(tensor, stacked, height, width, rows, columns));
        rows += stacked * height;
        columns += stacked * width;
      }
    }
    return stacks;
  }

  static int rows(List<Stack> stacks) {
    return stacks.stream().mapToInt(stack -> stack.stacked() * stack.height()).sum();
  }

  static int columns(List<Stack> stacks) {
    return stacks.stream().mapToInt(stack -> stack.stacked() * stack.width()).sum();
  }

  /**
   * Updates the means by new squares, and divides values by the root of the means' outer product.
   *
   * @param divided the values to divide; may be the array of the results
   * @param into the flat vector of the results
   * @param keep the means' factor
   * @param share the squares' factor
   */
  void divide(Stack stack, Value squares, Value divided, float[] into, float keep, float share) {
    int height = stack.height();
    int width = stack.width();
    double[] columnSums = new double[width];
    float[] columnFactors = new float[width];
    for (int matrix = 0; matrix < stack.stacked(); matrix++) {
      int at = stack.tensor().offset() + matrix * height * width;
      int rowsAt = stack.rowsAt() + matrix * height;
      int columnsAt = stack.columnsAt() + matrix * width;
      Arrays.fill(columnSums, 0);
      double rowTotal = 0;
      for (int row = 0; row < height; row++) {
        double rowSum = 0;
        for (int column = 0; column < width; column++) {
          float square = squares.at(at + row * width + column);
          rowSum += square;
          columnSums[column] += square;
        }
        rows[rowsAt + row] = rows[rowsAt + row] * keep + share * (float) (rowSum / width);
        rowTotal += rows[rowsAt + row];
      }
      for (int column = 0; column < width; column++) {
        float mean = (float) (columnSums[column] / height);
        columns[columnsAt + column] = columns[columnsAt + column] * keep + share * mean;
        columnFactors[column] = (float) (1 / Math.sqrt(columns[columnsAt + column]));
      }
      float rowMean = (float) (rowTotal / height);
      for (int row = 0; row < height; row++) {
        float rowFactor = (float) (1 / Math.sqrt(rows[rowsAt + row] / rowMean));
        int from = at + row * width;
        for (int column = 0; column < width; column++) {
          into[from + column] = rowFactor * columnFactors[column] * divided.at(from + column);
        }
      }
    }
  }

  /** The root of the mean square of values from {@code from} to {@code to}, exclusive. */
  static float rootMeanSquare(float[] values, int from, int to) {
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += (double) values[i] * values[i];
    }
    return (float) Math.sqrt(sum / (to - from));
  }
}
