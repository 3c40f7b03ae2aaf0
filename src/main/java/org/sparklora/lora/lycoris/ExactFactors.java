package org.sparklora.lora.lycoris;

/**
 * The exact factors {@code B A} of an update that LyCORIS writes in another form.
 *
 * @param up B, {@code out x r}
 * @param down A, {@code r x in}, or {@code r x (in k k)} of a convolution
 */
public record ExactFactors(Matrix up, Matrix down) {

  /**
   * Factors a whole matrix: one factor is the identity of its smaller side, the other the matrix
   * itself.
   */
  public static ExactFactors ofWhole(Matrix update) {
    return update.rows() <= update.columns()
        ? new ExactFactors(Matrix.identity(update.rows()), update)
        : new ExactFactors(update, Matrix.identity(update.columns()));
  }

  /**
   * LoHa (Hyeon-Woo et al. 2022, arXiv 2108.06098): {@code (B1 A1) o (B2 A2)}. Its rank is at most
   * the product of theirs, with the row-wise and column-wise Kronecker products as factors.
   */
  public static ExactFactors ofHadamard(ExactFactors one, ExactFactors two) {
    long rank = (long) one.rank() * two.rank();
    if (rank >= Math.min(one.up.rows(), one.down.columns())) {
      return ofWhole(one.product().hadamard(two.product()));
    }
    return new ExactFactors(
        one.up.rowwiseKronecker(two.up),
        one.down.transposed().rowwiseKronecker(two.down.transposed()).transposed());
  }

  /**
   * LoKr (Edalati et al. 2022, arXiv 2212.10650; LyCORIS): {@code W1 x W2}, the Kronecker product.
   * {@code (B1 A1) x (B2 A2) = (B1 x B2) (A1 x A2)}.
   */
  public static ExactFactors ofKronecker(ExactFactors one, ExactFactors two) {
    ExactFactors factors = new ExactFactors(one.up.kronecker(two.up), one.down.kronecker(two.down));
    return factors.rank() < Math.min(factors.up.rows(), factors.down.columns())
        ? factors
        : ofWhole(factors.product());
  }

  /**
   * Factors a convolution in Tucker decomposition: {@code W[p, q, k] = sum core[i, j, k] outer[i,
   * p] inner[j, q]}.
   *
   * @param core {@code r x r} times the kernel's size
   * @param outer {@code r x out}
   * @param inner {@code r x in}
   */
  public static ExactFactors ofTucker(Matrix core, Matrix outer, Matrix inner) {
    int rank = outer.rows();
    int innerRank = inner.rows();
    int kernel = core.columns() / innerRank;
    double[] down = new double[rank * inner.columns() * kernel];
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j < innerRank; j++) {
        for (int q = 0; q < inner.columns(); q++) {
          double factor = inner.values()[j * inner.columns() + q];
          for (int k = 0; k < kernel; k++) {
            down[(i * inner.columns() + q) * kernel + k] +=
                factor * core.values()[i * core.columns() + j * kernel + k];
          }
        }
      }
    }
    return new ExactFactors(outer.transposed(), new Matrix(rank, inner.columns() * kernel, down));
  }

  public int rank() {
    return down.rows();
  }

  public Matrix product() {
    return up.times(down);
  }
}
