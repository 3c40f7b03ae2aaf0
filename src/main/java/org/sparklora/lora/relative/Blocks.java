package org.sparklora.lora.relative;

import org.sparklora.lora.lycoris.Matrix;

/**
 * The square blocks of OFT as LyCORIS and kohya's scripts store them.
 *
 * @param values of any numbers; the rotation is Cayley's transform of {@code P - P'}
 * @param constraint the largest Frobenius norm that {@code P - P'} of all blocks together may have;
 *     a larger one is scaled down to it. Infinite for none
 */
public record Blocks(Matrix[] values, double constraint) {
  private static final double TINY = 1e-8;

  /** Rows of one block. */
  int size() {
    return values[0].rows();
  }

  int count() {
    return values.length;
  }

  long parameters() {
    return (long) count() * size() * size();
  }

  boolean areFinite() {
    for (Matrix block : values) {
      if (!RelativeUpdate.areFinite(block)) {
        return false;
      }
    }
    return !Double.isNaN(constraint);
  }

  /** The orthogonal matrices. */
  Matrix[] rotations() {
    Matrix[] skew = Skew.of(values);
    double norm = Skew.norm(skew) + TINY;
    double factor = norm > constraint ? constraint / norm : 1;
    Matrix[] rotations = new Matrix[skew.length];
    for (int i = 0; i < skew.length; i++) {
      rotations[i] = Skew.cayley(skew[i].scaled(factor));
    }
    return rotations;
  }

  /** {@code 8 blocks of 40}. */
  String text() {
    return count() + (count() == 1 ? " block of " : " blocks of ") + size();
  }
}
