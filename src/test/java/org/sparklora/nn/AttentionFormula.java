package org.sparklora.nn;

import java.util.Arrays;
import java.util.function.ToDoubleFunction;

/** The published formulas in fp64, as loops over one sample's rows. */
public final class AttentionFormula {
  private AttentionFormula() {}

  /**
   * softmax(scale Q K<sup>T</sup>) V of one head.
   *
   * @param keep the keys that may be looked at
   * @param causal whether query i sees the keys up to i alone
   */
  public static double[][] attention(
      double[][] q, double[][] k, double[][] v, double scale, boolean[] keep, boolean causal) {
    double[][] out = new double[q.length][v[0].length];
    for (int i = 0; i < q.length; i++) {
      double[] weights = new double[k.length];
      double sum = 0;
      for (int j = 0; j < k.length; j++) {
        if (keep[j] && (!causal || j <= i)) {
          weights[j] = Math.exp(scale * dot(q[i], k[j]));
          sum += weights[j];
        }
      }
      for (int j = 0; j < k.length; j++) {
        for (int c = 0; c < out[i].length; c++) {
          out[i][c] += weights[j] / sum * v[j][c];
        }
      }
    }
    return out;
  }

  /** x W<sup>T</sup>. */
  public static double[][] linear(double[][] x, double[][] weight) {
    double[][] y = new double[x.length][weight.length];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < weight.length; o++) {
        y[i][o] = dot(x[i], weight[o]);
      }
    }
    return y;
  }

  public static double[][] layerNorm(double[][] x, double[] weight, double[] bias) {
    double[][] y = new double[x.length][];
    for (int i = 0; i < x.length; i++) {
      double mean = Arrays.stream(x[i]).average().orElseThrow();
      double variance =
          Arrays.stream(x[i]).map(e -> (e - mean) * (e - mean)).average().orElseThrow();
      y[i] = new double[x[i].length];
      for (int c = 0; c < y[i].length; c++) {
        y[i][c] = (x[i][c] - mean) / Math.sqrt(variance + 1e-5) * weight[c] + bias[c];
      }
    }
    return y;
  }

  /** Each row divided by its length. */
  public static double[][] unit(double[][] x) {
    return Arrays.stream(x)
        .map(
            row -> {
              double length = Math.sqrt(dot(row, row));
              return Arrays.stream(row).map(e -> e / length).toArray();
            })
        .toArray(double[][]::new);
  }

  /** Columns {@code from} to {@code from + width}. */
  public static double[][] columns(double[][] x, int from, int width) {
    return Arrays.stream(x)
        .map(row -> Arrays.copyOfRange(row, from, from + width))
        .toArray(double[][]::new);
  }

  /** A row before the others. */
  public static double[][] prepend(double[] row, double[][] x) {
    double[][] y = new double[x.length + 1][];
    y[0] = row;
    System.arraycopy(x, 0, y, 1, x.length);
    return y;
  }

  public static double[][] add(double[][] x, double[][] y) {
    double[][] sum = new double[x.length][x[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int c = 0; c < sum[i].length; c++) {
        sum[i][c] = x[i][c] + y[i][c];
      }
    }
    return sum;
  }

  /** Central differences of a function of some numbers. */
  public static double[] gradient(double[] at, ToDoubleFunction<double[]> function) {
    double step = 1e-5;
    double[] gradient = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      double[] moved = at.clone();
      moved[i] = at[i] + step;
      double above = function.applyAsDouble(moved);
      moved[i] = at[i] - step;
      gradient[i] = (above - function.applyAsDouble(moved)) / (2 * step);
    }
    return gradient;
  }

  /** Rows of a row-major matrix that begins somewhere in an array. */
  public static double[][] rows(double[] values, int from, int rows, int columns) {
    double[][] x = new double[rows][];
    for (int i = 0; i < rows; i++) {
      x[i] = Arrays.copyOfRange(values, from + i * columns, from + (i + 1) * columns);
    }
    return x;
  }

  public static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
