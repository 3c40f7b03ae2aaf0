package org.sparklora.train.step;

/** Clipping by the global L2 norm, as {@code torch.nn.utils.clip_grad_norm_}. */
public final class GradientClipping {
  private GradientClipping() {}

  /** The L2 norm over all values, summed in double from first to last. */
  public static double norm(float[] gradient) {
    double sum = 0;
    for (float g : gradient) {
      sum += (double) g * g;
    }
    return Math.sqrt(sum);
  }

  /**
   * Scales the gradient in place by {@code min(1, maxNorm / (norm + 1e-6))}.
   *
   * @param norm the gradient's norm
   * @param maxNorm the largest norm; infinity leaves the gradient as it is
   */
  static void clip(float[] gradient, double norm, double maxNorm) {
    float coefficient = (float) Math.min(1, maxNorm / (norm + 1e-6));
    if (coefficient == 1) {
      return;
    }
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] *= coefficient;
    }
  }
}
