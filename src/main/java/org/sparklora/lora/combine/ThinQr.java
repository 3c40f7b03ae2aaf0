package org.sparklora.lora.combine;

/**
 * {@code M = Q R} of a tall matrix by Householder's reflections (Golub and Van Loan, Matrix
 * Computations, 5.2): the columns of Q are orthonormal up to rounding, whatever the rank of M.
 */
final class ThinQr {
  private final double[][] reflectors;
  private final double[][] r;
  private final int rows;

  private ThinQr(double[][] reflectors, double[][] r, int rows) {
    this.reflectors = reflectors;
    this.r = r;
    this.rows = rows;
  }

  /**
   * Decomposes a matrix.
   *
   * @param columns of M, {@code n} arrays of {@code m} values; they are overwritten
   */
  static ThinQr of(double[][] columns) {
    int n = columns.length;
    int m = columns[0].length;
    int k = Math.min(m, n);
    double[][] reflectors = new double[k][];
    double[][] r = new double[k][n];
    for (int j = 0; j < k; j++) {
      double[] reflector = reflector(columns[j], j);
      reflectors[j] = reflector;
      for (int column = j; column < n; column++) {
        reflect(reflector, j, columns[column]);
      }
    }
    for (int column = 0; column < n; column++) {
      for (int row = 0; row <= Math.min(column, k - 1); row++) {
        r[row][column] = columns[column][row];
      }
    }
    return new ThinQr(reflectors, r, m);
  }

  /**
   * Returns the unit vector v for which the reflection {@code I - 2 v v'} zeroes a column below
   * {@code from}.
   */
  private static double[] reflector(double[] column, int from) {
    double[] v = new double[column.length - from];
    System.arraycopy(column, from, v, 0, v.length);
    double norm = norm(v);
    v[0] += Math.copySign(norm, v[0]);
    double length = norm(v);
    for (int i = 0; i < v.length && length > 0; i++) {
      v[i] /= length;
    }
    return v;
  }

  private static double norm(double[] v) {
    return Math.sqrt(dot(v, v, 0));
  }

  private static void reflect(double[] v, int from, double[] column) {
    double twice = 2 * dot(v, column, from);
    for (int i = 0; i < v.length; i++) {
      column[from + i] -= twice * v[i];
    }
  }

  private static double dot(double[] v, double[] column, int from) {
    double sum = 0;
    for (int i = 0; i < v.length; i++) {
      sum += v[i] * column[from + i];
    }
    return sum;
  }

  /** The matrix R, {@code min(m, n) x n}. */
  double[][] r() {
    return r;
  }

  /**
   * Multiplies Q by a vector.
   *
   * @param x {@code min(m, n)} values
   * @return {@code m} values
   */
  double[] times(double[] x) {
    double[] y = new double[rows];
    System.arraycopy(x, 0, y, 0, x.length);
    for (int j = reflectors.length - 1; j >= 0; j--) {
      reflect(reflectors[j], j, y);
    }
    return y;
  }
}
