package org.sparklora.lora.relative;

import org.sparklora.lora.lycoris.ExactFactors;
import org.sparklora.lora.lycoris.Matrix;

/**
 * GLoRA (Chavan et al. 2023, arXiv 2306.07967) as LyCORIS has it: {@code scale (W A1 A2 + B1 B2)}.
 * It is of rank 2 r. In a convolution {@code A1 A2} mixes the inputs at each place of the kernel,
 * so the first part is of rank {@code r k k}.
 *
 * @param a1 {@code in x r}
 * @param a2 {@code r x in}
 * @param b1 {@code out x r}
 * @param b2 {@code r x (in k k)}
 * @param scale {@code alpha / r}
 */
public record Glora(Matrix a1, Matrix a2, Matrix b1, Matrix b2, double scale)
    implements RelativeUpdate {
  @Override
  public String kind() {
    return "GLoRA";
  }

  @Override
  public String size() {
    return "rank " + a2.rows();
  }

  @Override
  public long parameters() {
    return (long) a1.values().length + a2.values().length + b1.values().length + b2.values().length;
  }

  @Override
  public boolean isFinite() {
    return RelativeUpdate.areFinite(a1)
        && RelativeUpdate.areFinite(a2)
        && RelativeUpdate.areFinite(b1)
        && RelativeUpdate.areFinite(b2);
  }

  @Override
  public boolean fits(long[] weight) {
    return b1.rows() == weight[0]
        && a1.rows() == weight[1]
        && b2.columns() == weight[1] * RelativeUpdate.kernel(weight);
  }

  @Override
  public Matrix delta(Matrix weight, int kernel) {
    return exact(weight, kernel).product();
  }

  @Override
  public ExactFactors factors(Matrix weight, int kernel) {
    ExactFactors exact = exact(weight, kernel);
    return exact.rank() < Math.min(weight.rows(), weight.columns())
        ? exact
        : ExactFactors.ofWhole(exact.product());
  }

  /** {@code scale [W A1, B1] [A2; B2]}, the A's repeated for each place of the kernel. */
  private ExactFactors exact(Matrix weight, int kernel) {
    Matrix places = Matrix.identity(kernel);
    Matrix left = weight.times(a1.kronecker(places));
    return new ExactFactors(left.beside(b1).scaled(scale), a2.kronecker(places).above(b2));
  }
}
