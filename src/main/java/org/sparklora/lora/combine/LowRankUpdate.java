package org.sparklora.lora.combine;

import org.sparklora.lora.AdaptedModule;

/**
 * A module's update {@code scale B A} as {@code Qb C Qa'}, with orthonormal columns of Qb and Qa
 * and a small core {@code C = scale Rb Ra'}: the {@code out x in} matrix has the norm and singular
 * values of the core. All of this is in fp64.
 */
final class LowRankUpdate {
  /**
   * Singular values that are smaller than this, relative to the largest, count as rounding errors.
   * It is half a unit of fp32's last place.
   */
  private static final double NEGLIGIBLE = 0x1p-24;

  private final AdaptedModule module;
  private final ThinQr down;
  private final ThinQr up;
  private final double[][] core;

  /**
   * The best update of a rank.
   *
   * @param module of at most that rank
   * @param energy squared norm of the given update
   * @param retained squared norm of this one
   */
  record Truncated(AdaptedModule module, double energy, double retained) {}

  private LowRankUpdate(AdaptedModule module, ThinQr down, ThinQr up) {
    this.module = module;
    this.down = down;
    this.up = up;
    this.core = core(module.scale(), up.r(), down.r());
  }

  static LowRankUpdate of(AdaptedModule module) {
    int rank = module.rank();
    float[] down = module.down();
    float[] up = module.up();
    int inputs = down.length / rank;
    int outputs = up.length / rank;
    double[][] downRows = new double[rank][inputs];
    double[][] upColumns = new double[rank][outputs];
    for (int r = 0; r < rank; r++) {
      for (int i = 0; i < inputs; i++) {
        downRows[r][i] = down[r * inputs + i];
      }
      for (int i = 0; i < outputs; i++) {
        upColumns[r][i] = up[i * rank + r];
      }
    }
    return new LowRankUpdate(module, ThinQr.of(downRows), ThinQr.of(upColumns));
  }

  private static double[][] core(double scale, double[][] upR, double[][] downR) {
    double[][] core = new double[upR.length][downR.length];
    for (int i = 0; i < upR.length; i++) {
      for (int j = 0; j < downR.length; j++) {
        double sum = 0;
        for (int r = Math.max(i, j); r < upR[i].length; r++) {
          sum += upR[i][r] * downR[j][r];
        }
        core[i][j] = scale * sum;
      }
    }
    return core;
  }

  /** The Frobenius norm. */
  double norm() {
    double squares = 0;
    for (double[] row : core) {
      for (double value : row) {
        squares += value * value;
      }
    }
    return Math.sqrt(squares);
  }

  /**
   * Returns the nearest update of a rank in the Frobenius norm (Eckart and Young 1936). It keeps
   * the largest singular values. Their square roots are multiplied into both factors.
   */
  Truncated truncate(int rank) {
    JacobiSvd svd = JacobiSvd.of(core);
    double[] values = svd.values();
    int kept = 1;
    while (kept < Math.min(rank, values.length) && values[kept] > NEGLIGIBLE * values[0]) {
      kept++;
    }
    int inputs = module.down().length / module.rank();
    int outputs = module.up().length / module.rank();
    float[] newDown = new float[kept * inputs];
    float[] newUp = new float[outputs * kept];
    double energy = 0;
    double retained = 0;
    for (int r = 0; r < values.length; r++) {
      energy += values[r] * values[r];
      if (r < kept) {
        retained = energy;
        double root = Math.sqrt(values[r]);
        double[] row = down.times(svd.right()[r]);
        for (int i = 0; i < inputs; i++) {
          newDown[r * inputs + i] = (float) (root * row[i]);
        }
        double[] column = up.times(svd.left()[r]);
        for (int i = 0; i < outputs; i++) {
          newUp[i * kept + r] = (float) (root * column[i]);
        }
      }
    }
    return new Truncated(module.withFactors(kept, newDown, newUp, kept), energy, retained);
  }
}
