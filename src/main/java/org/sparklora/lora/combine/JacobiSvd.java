package org.sparklora.lora.combine;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * {@code M = U S V'} by one-sided Jacobi rotations (Hestenes 1958). Singular values below the
 * rounding error of M are not accurate.
 *
 * @param values S, largest first
 * @param left columns of U, one for each value
 * @param right columns of V, one for each value; zeros for a value of zero
 */
record JacobiSvd(double[] values, double[][] left, double[][] right) {
  private static final double ORTHOGONAL = 1e-15;

  /**
   * The limit of sweeps. Ten are usual, and only values that are not finite need more than this.
   */
  private static final int MOST_SWEEPS = 100;

  /**
   * Decomposes a matrix.
   *
   * @param matrix its rows, all finite
   */
  static JacobiSvd of(double[][] matrix) {
    int n = matrix.length;
    double[][] rows = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    double[][] rotations = new double[n][n];
    for (int i = 0; i < n; i++) {
      rotations[i][i] = 1;
    }
    double squares = Arrays.stream(rows).mapToDouble(row -> dot(row, row)).sum();
    double rounding = Math.max(n, rows[0].length) * Math.ulp(1.0) * Math.sqrt(squares);
    int sweeps = 0;
    while (sweep(rows, rotations, rounding)) {
      if (++sweeps > MOST_SWEEPS) {
        throw new ArithmeticException("Jacobi's rotations do not converge");
      }
    }
    double[] norms = Arrays.stream(rows).mapToDouble(row -> Math.sqrt(dot(row, row))).toArray();
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer i) -> -norms[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] values = new double[n];
    double[][] left = new double[n][];
    double[][] right = new double[n][];
    for (int i = 0; i < n; i++) {
      values[i] = norms[order[i]];
      left[i] = rotations[order[i]];
      right[i] = rows[order[i]];
      for (int j = 0; j < right[i].length && values[i] > 0; j++) {
        right[i][j] /= values[i];
      }
    }
    return new JacobiSvd(values, left, right);
  }

  /**
   * Makes every two rows orthogonal once. Returns whether there were any that were not. Rows as
   * short as the rounding are left alone, because more rows than the rank can never be orthogonal.
   */
  private static boolean sweep(double[][] rows, double[][] rotations, double rounding) {
    boolean rotated = false;
    for (int p = 0; p < rows.length - 1; p++) {
      for (int q = p + 1; q < rows.length; q++) {
        double a = dot(rows[p], rows[p]);
        double b = dot(rows[q], rows[q]);
        double c = dot(rows[p], rows[q]);
        if (Math.sqrt(Math.min(a, b)) > rounding
            && Math.abs(c) > ORTHOGONAL * Math.sqrt(a) * Math.sqrt(b)) {
          double zeta = (b - a) / (2 * c);
          double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
          double cosine = 1 / Math.hypot(1, tangent);
          rotate(rows[p], rows[q], cosine, cosine * tangent);
          rotate(rotations[p], rotations[q], cosine, cosine * tangent);
          rotated = true;
        }
      }
    }
    return rotated;
  }

  private static void rotate(double[] x, double[] y, double cosine, double sine) {
    for (int i = 0; i < x.length; i++) {
      double old = x[i];
      x[i] = cosine * old - sine * y[i];
      y[i] = sine * old + cosine * y[i];
    }
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
