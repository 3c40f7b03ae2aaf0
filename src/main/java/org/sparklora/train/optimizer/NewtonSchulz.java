package org.sparklora.train.optimizer;

/**
 * Five steps of the iteration of Newton and Schulz with Muon's coefficients: they bring a matrix's
 * singular values near to 1 and leave its singular vectors.
 */
final class NewtonSchulz {
  private static final double A = 3.4445;
  private static final double B = -4.7750;
  private static final double C = 2.0315;
  private static final int STEPS = 5;
  private static final double LEAST_NORM = 1e-7;

  private NewtonSchulz() {}

  /** Returns an approximation of the nearest matrix with orthonormal rows or columns, row-major. */
  static double[] orthogonal(double[] matrix, int rows, int columns) {
    if (rows > columns) {
      double[] turned = transposed(matrix, rows, columns);
      return transposed(iterated(turned, columns, rows), columns, rows);
    }
    return iterated(matrix.clone(), rows, columns);
  }

  private static double[] iterated(double[] x, int rows, int columns) {
    double squares = 0;
    for (double value : x) {
      squares += value * value;
    }
    double norm = Math.max(LEAST_NORM, Math.sqrt(squares));
    for (int i = 0; i < x.length; i++) {
      x[i] /= norm;
    }
    double[] next = x;
    for (int step = 0; step < STEPS; step++) {
      double[] gram = product(next, transposed(next, rows, columns), rows, columns, rows);
      double[] square = product(gram, gram, rows, rows, rows);
      for (int i = 0; i < gram.length; i++) {
        gram[i] = B * gram[i] + C * square[i];
      }
      double[] moved = product(gram, next, rows, rows, columns);
      for (int i = 0; i < moved.length; i++) {
        moved[i] += A * next[i];
      }
      next = moved;
    }
    return next;
  }

  /** {@code x y}, of {@code rows x inner} and {@code inner x columns}. */
  private static double[] product(double[] x, double[] y, int rows, int inner, int columns) {
    double[] product = new double[rows * columns];
    for (int i = 0; i < rows; i++) {
      for (int k = 0; k < inner; k++) {
        double factor = x[i * inner + k];
        for (int j = 0; j < columns; j++) {
          product[i * columns + j] += factor * y[k * columns + j];
        }
      }
    }
    return product;
  }

  private static double[] transposed(double[] x, int rows, int columns) {
    double[] turned = new double[x.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        turned[j * rows + i] = x[i * columns + j];
      }
    }
    return turned;
  }
}
