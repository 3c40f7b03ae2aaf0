package org.sparklora.train.step;

import java.util.List;
import org.sparklora.lora.AdapterLayout;

/**
 * The largest norm that the update {@code alpha / r * B A} of a layer may have. A longer update is
 * scaled down to it: A and B each take the root of the factor, as in kohya's {@code
 * apply_max_norm_regularization}. Norms are computed in double from products with r columns.
 */
record NormLimit(double most, List<AdapterLayout.Module> modules) {

  /** Scales the modules down, in place. */
  void apply(float[] values) {
    modules.parallelStream().forEach(module -> apply(values, module));
  }

  private void apply(float[] values, AdapterLayout.Module module) {
    double norm = norm(values, module);
    if (norm > most) {
      float factor = (float) Math.sqrt(most / norm);
      for (int i = module.downOffset(); i < module.magnitudeOffset(); i++) {
        values[i] *= factor;
      }
    }
  }

  /**
   * Returns the Frobenius norm of an update. {@code ||B A||^2} is the sum over all entries of the
   * elementwise product of {@code A A^T} and {@code B^T B}.
   */
  private static double norm(float[] values, AdapterLayout.Module module) {
    int rank = module.rank();
    int inputs = module.downSize() / rank;
    int outputs = module.upSize() / rank;
    double squares = 0;
    for (int i = 0; i < rank; i++) {
      for (int j = 0; j <= i; j++) {
        double ofDown = 0;
        for (int k = 0; k < inputs; k++) {
          ofDown +=
              (double) values[module.downOffset() + i * inputs + k]
                  * values[module.downOffset() + j * inputs + k];
        }
        double ofUp = 0;
        for (int k = 0; k < outputs; k++) {
          ofUp +=
              (double) values[module.upOffset() + k * rank + i]
                  * values[module.upOffset() + k * rank + j];
        }
        squares += (i == j ? 1 : 2) * ofDown * ofUp;
      }
    }
    return module.scale() * Math.sqrt(Math.max(0, squares));
  }
}
