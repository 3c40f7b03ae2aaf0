package org.sparklora.train;

/**
 * AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) in fp32, rounding where {@code
 * torch.optim.AdamW} rounds: moments and parameters in fp32, step size and bias corrections in
 * double.
 */
final class AdamW {
  private final OptimizerConfig config;
  private final float[] firstMoment;
  private final float[] secondMoment;
  private long updates;

  /** Zero moments for {@code parameters} values. */
  AdamW(OptimizerConfig config, int parameters) {
    this(config, 0, new float[parameters], new float[parameters]);
  }

  /** Goes on after {@code updates} updates; the moments are copied. */
  AdamW(OptimizerConfig config, long updates, float[] firstMoment, float[] secondMoment) {
    this.config = config;
    this.updates = updates;
    this.firstMoment = firstMoment.clone();
    this.secondMoment = secondMoment.clone();
  }

  /**
   * Makes one update.
   *
   * @param parameters {@code float[parameters]}, left as they are
   * @param gradient {@code float[parameters]}
   * @return the parameters after the update, in a new array
   */
  float[] update(float[] parameters, float[] gradient, double learningRate) {
    updates++;
    // StrictMath: the same bits on every JVM.
    double correction1 = 1 - StrictMath.pow(config.adamBeta1(), (double) updates);
    double correction2 = 1 - StrictMath.pow(config.adamBeta2(), (double) updates);
    float keep = (float) (1 - learningRate * config.adamWeightDecay());
    float weight1 = (float) (1 - config.adamBeta1());
    float beta2 = (float) config.adamBeta2();
    float weight2 = (float) (1 - config.adamBeta2());
    float root2 = (float) Math.sqrt(correction2);
    float epsilon = (float) config.adamEpsilon();
    float stepSize = (float) (learningRate / correction1);

    float[] updated = new float[parameters.length];
    for (int i = 0; i < updated.length; i++) {
      float g = gradient[i];
      float m = firstMoment[i] + weight1 * (g - firstMoment[i]);
      float v = secondMoment[i] * beta2 + weight2 * g * g;
      float denominator = (float) Math.sqrt(v) / root2 + epsilon;
      firstMoment[i] = m;
      secondMoment[i] = v;
      updated[i] = parameters[i] * keep - stepSize * m / denominator;
    }
    return updated;
  }

  /** Updates made so far. */
  long updates() {
    return updates;
  }

  float[] firstMoment() {
    return firstMoment.clone();
  }

  float[] secondMoment() {
    return secondMoment.clone();
  }
}
