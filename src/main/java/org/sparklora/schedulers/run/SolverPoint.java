package org.sparklora.schedulers.run;

/**
 * A point of the diffusion path: {@code sample = alpha * original + sigma * epsilon} with {@code
 * alpha^2 + sigma^2 = 1}.
 *
 * @param lambda half the log SNR, {@code log(alpha / sigma)}; infinite if no noise is left
 */
public record SolverPoint(float alpha, float sigma, float lambda) {
  /**
   * @param ratio noise over signal
   */
  static SolverPoint at(float ratio) {
    float alpha = 1 / (float) Math.sqrt(ratio * ratio + 1);
    float sigma = ratio * alpha;
    float lambda = (float) StrictMath.log(alpha) - (float) StrictMath.log(sigma);
    return new SolverPoint(alpha, sigma, lambda);
  }
}
