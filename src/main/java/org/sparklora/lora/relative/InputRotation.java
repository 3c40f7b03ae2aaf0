package org.sparklora.lora.relative;

import org.sparklora.lora.lycoris.Matrix;

/**
 * OFT as PEFT has it since version 0.15: each block of inputs is turned, {@code W_k -> W_k R_k'}.
 * The inputs of a convolution are those of all places of its kernel.
 *
 * @param skew skew-symmetric blocks, scaled into any constraint (COFT)
 * @param shared whether the one block is that of all inputs
 * @param terms of the Neumann series in place of the inverse; 0 for the inverse
 */
public record InputRotation(Matrix[] skew, boolean shared, int terms) implements RelativeUpdate {
  @Override
  public String kind() {
    return "OFT";
  }

  @Override
  public String size() {
    int size = skew[0].rows();
    return (shared ? "shared block of " : skew.length + " blocks of ") + size + " inputs";
  }

  @Override
  public long parameters() {
    long size = skew[0].rows();
    return skew.length * (size * (size - 1) / 2);
  }

  @Override
  public boolean isFinite() {
    for (Matrix block : skew) {
      if (!RelativeUpdate.areFinite(block)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean fits(long[] weight) {
    long inputs = weight[1] * RelativeUpdate.kernel(weight);
    long size = skew[0].rows();
    return shared ? skew.length == 1 && inputs % size == 0 : inputs == skew.length * size;
  }

  @Override
  public Matrix delta(Matrix weight, int kernel) {
    Matrix[] rotations = new Matrix[skew.length];
    for (int i = 0; i < skew.length; i++) {
      rotations[i] = terms == 0 ? Skew.cayley(skew[i].scaled(-1)) : series(skew[i]);
    }
    int size = skew[0].rows();
    int width = weight.columns();
    double[] turned = new double[weight.values().length];
    for (int column = 0; column < width; column++) {
      int first = column - column % size;
      double[] rotation = rotations[shared ? 0 : column / size].values();
      for (int row = 0; row < weight.rows(); row++) {
        double sum = 0;
        for (int n = 0; n < size; n++) {
          sum += weight.values()[row * width + first + n] * rotation[column % size * size + n];
        }
        turned[row * width + column] = sum;
      }
    }
    return new Matrix(weight.rows(), width, turned).plus(-1, weight);
  }

  /** PEFT's {@code _cayley_batch}: {@code I + 2 Q + 2 Q^2 + ...}, with the last power once. */
  private Matrix series(Matrix q) {
    Matrix sum = Matrix.identity(q.rows());
    if (terms > 1) {
      sum = sum.plus(2, q);
    }
    if (terms > 2) {
      Matrix power = q.times(q);
      sum = sum.plus(2, power);
      for (int i = 3; i < terms - 1; i++) {
        power = power.times(q);
        sum = sum.plus(2, power);
      }
      sum = sum.plus(1, power.times(q));
    }
    return sum;
  }
}
