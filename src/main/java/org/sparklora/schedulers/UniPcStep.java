package org.sparklora.schedulers;

import org.sparklora.schedulers.run.SolverPoint;

/**
 * One UniPC step from a point to the next (Zhao et al. 2023, arXiv 2302.04867, algorithms 5 to 8):
 * {@code next = sample * x + output * m0 - difference * sum_k rho_k D_k}, with D_k the differences
 * to earlier outputs over their relative distance r_k in lambda.
 *
 * @param sample the factor on the sample
 * @param output the factor on the latest output
 * @param difference the factor on the weighted differences, {@code alpha B(h)} or {@code sigma
 *     B(h)}
 * @param distances {@code r_k} of the earlier outputs, then 1
 * @param moments the right-hand side b of the equations for rho
 */
record UniPcStep(float sample, float output, float difference, float[] distances, float[] moments) {
  /** B(h), with the names of {@code solver_type}. */
  enum SolverType {
    /** B(h) = h. */
    BH1,
    /** B(h) = exp(h) - 1. */
    BH2
  }

  static UniPcStep of(
      SolverPoint[] points, int index, int order, boolean predictsOriginal, SolverType type) {
    SolverPoint from = points[index];
    SolverPoint to = points[index + 1];
    float h = to.lambda() - from.lambda();
    float[] distances = new float[order];
    for (int k = 1; k < order; k++) {
      distances[k - 1] = (points[index - k].lambda() - from.lambda()) / h;
    }
    distances[order - 1] = 1;
    float signed = predictsOriginal ? -h : h;
    float growth = (float) StrictMath.expm1(signed);
    float base = type == SolverType.BH1 ? signed : growth;
    float[] moments = new float[order];
    float phi = growth / signed - 1;
    int factorial = 1;
    for (int i = 1; i <= order; i++) {
      moments[i - 1] = phi * factorial / base;
      factorial *= i + 1;
      phi = phi / signed - 1f / factorial;
    }
    return predictsOriginal
        ? new UniPcStep(
            to.sigma() / from.sigma(), -to.alpha() * growth, to.alpha() * base, distances, moments)
        : new UniPcStep(
            to.alpha() / from.alpha(), -to.sigma() * growth, to.sigma() * base, distances, moments);
  }

  /**
   * The UniP prediction.
   *
   * @param outputs the newest first, at least as many as the order
   */
  float[] predicted(float[] x, float[][] outputs) {
    int earlier = distances.length - 1;
    // At second order any rho of accuracy o(h) is good enough; the paper takes 1/2.
    double[] rho = earlier == 1 ? new double[] {0.5} : solved(earlier);
    float[] next = new float[x.length];
    for (int i = 0; i < next.length; i++) {
      float sum = 0;
      for (int k = 0; k < earlier; k++) {
        sum += (float) rho[k] * ((outputs[k + 1][i] - outputs[0][i]) / distances[k]);
      }
      next[i] = sample * x[i] + output * outputs[0][i] - difference * sum;
    }
    return next;
  }

  /**
   * The UniC correction: the same step with the model's output at its end.
   *
   * @param outputs before the end, the newest first
   * @param atEnd the output at the end
   */
  float[] corrected(float[] x, float[][] outputs, float[] atEnd) {
    int order = distances.length;
    double[] rho = order == 1 ? new double[] {0.5} : solved(order);
    float[] next = new float[x.length];
    for (int i = 0; i < next.length; i++) {
      float sum = 0;
      for (int k = 0; k < order - 1; k++) {
        sum += (float) rho[k] * ((outputs[k + 1][i] - outputs[0][i]) / distances[k]);
      }
      sum += (float) rho[order - 1] * (atEnd[i] - outputs[0][i]);
      next[i] = sample * x[i] + output * outputs[0][i] - difference * sum;
    }
    return next;
  }

  /** Solves {@code sum_k r_k^i rho_k = b_i} for the first n of each, by elimination with pivots. */
  private double[] solved(int n) {
    double[][] rows = new double[n][n + 1];
    for (int i = 0; i < n; i++) {
      for (int k = 0; k < n; k++) {
        rows[i][k] = StrictMath.pow(distances[k], i);
      }
      rows[i][n] = moments[i];
    }
    for (int column = 0; column < n; column++) {
      int pivot = column;
      for (int row = column + 1; row < n; row++) {
        pivot = Math.abs(rows[row][column]) > Math.abs(rows[pivot][column]) ? row : pivot;
      }
      double[] chosen = rows[pivot];
      rows[pivot] = rows[column];
      rows[column] = chosen;
      for (int row = 0; row < n; row++) {
        double factor = row == column ? 0 : rows[row][column] / chosen[column];
        for (int k = column; k <= n; k++) {
          rows[row][k] -= factor * chosen[k];
        }
      }
    }
    double[] solution = new double[n];
    for (int i = 0; i < n; i++) {
      solution[i] = rows[i][n] / rows[i][i];
    }
    return solution;
  }
}
