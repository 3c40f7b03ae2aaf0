package org.sparklora.lora.relative;

import org.sparklora.lora.lycoris.Matrix;

/** Orthogonal matrices from blocks of any numbers. */
final class Skew {
  private Skew() {}

  /** {@code P - P'} of each square block. */
  static Matrix[] of(Matrix[] blocks) {
    Matrix[] skew = new Matrix[blocks.length];
    for (int i = 0; i < blocks.length; i++) {
      skew[i] = blocks[i].plus(-1, blocks[i].transposed());
    }
    return skew;
  }

  /** The Frobenius norm of all blocks together. */
  static double norm(Matrix... blocks) {
    double squares = 0;
    for (Matrix block : blocks) {
      for (double value : block.values()) {
        squares += value * value;
      }
    }
    return Math.sqrt(squares);
  }

  /**
   * Cayley's transform {@code (I + Q) (I - Q)^-1} of a skew-symmetric Q, by Gauss' elimination with
   * pivots. The inverse exists for every such Q.
   */
  static Matrix cayley(Matrix q) {
    int n = q.rows();
    double[][] left = rows(Matrix.identity(n).plus(-1, q));
    double[][] right = rows(Matrix.identity(n).plus(1, q));
    for (int column = 0; column < n; column++) {
      swap(left, right, column, pivot(left, column));
      for (int row = 0; row < n; row++) {
        if (row != column) {
          double factor = left[row][column] / left[column][column];
          subtract(left[row], left[column], factor);
          subtract(right[row], right[column], factor);
        }
      }
    }
    double[] values = new double[n * n];
    for (int row = 0; row < n; row++) {
      for (int i = 0; i < n; i++) {
        values[row * n + i] = right[row][i] / left[row][row];
      }
    }
    return new Matrix(n, n, values);
  }

  private static double[][] rows(Matrix matrix) {
    double[][] rows = new double[matrix.rows()][matrix.columns()];
    for (int row = 0; row < rows.length; row++) {
      System.arraycopy(matrix.values(), row * matrix.columns(), rows[row], 0, matrix.columns());
    }
    return rows;
  }

  private static int pivot(double[][] rows, int column) {
    int pivot = column;
    for (int row = column + 1; row < rows.length; row++) {
      if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) {
        pivot = row;
      }
    }
    return pivot;
  }

  private static void swap(double[][] left, double[][] right, int one, int other) {
    double[] row = left[one];
    left[one] = left[other];
    left[other] = row;
    row = right[one];
    right[one] = right[other];
    right[other] = row;
  }

  private static void subtract(double[] from, double[] row, double factor) {
    for (int i = 0; factor != 0 && i < from.length; i++) {
      from[i] -= factor * row[i];
    }
  }
}
