package org.sparklora.train.objective;

import org.sparklora.schedulers.noise.NoiseSchedule;

/**
 * The cost of an error {@code e} by timestep (Khrapov et al. 2024, arXiv 2403.16728), as kohya's
 * sd-scripts: {@code 2 c (sqrt(e^2 + c^2) - c)} for huber, {@code 2 (sqrt(e^2 + c^2) - c)} for
 * smooth_l1.
 *
 * <p>c is {@code scale huber_c} if it is constant, {@code scale huber_c^(t / T)} if it is
 * exponential, and {@code (1 - huber_c) / (1 + sigma_t)^2 + huber_c} if it follows the SNR.
 */
final class ErrorCost {
  private final LossConfig.Type type;
  private final float[] c;

  ErrorCost(NoiseSchedule schedule, LossConfig config) {
    this.type = config.type();
    this.c = new float[schedule.trainTimesteps()];
    for (int t = 0; t < c.length; t++) {
      c[t] =
          switch (config.huberSchedule()) {
            case CONSTANT -> (float) (config.huberC() * config.huberScale());
            case EXPONENTIAL ->
                (float) StrictMath.exp(StrictMath.log(config.huberC()) / c.length * t)
                    * (float) config.huberScale();
            case SNR -> bySnr(schedule.alphaCumprod(t), config.huberC());
          };
    }
  }

  private static float bySnr(float alphaCumprod, double huberC) {
    double sigma = Math.sqrt((1 - alphaCumprod) / alphaCumprod);
    return (float) ((1 - huberC) / ((1 + sigma) * (1 + sigma)) + huberC);
  }

  /** The cost of errors at these timesteps. */
  PseudoHuber of(int[] timesteps) {
    float[] chosen = new float[timesteps.length];
    float[] factors = new float[timesteps.length];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = c[timesteps[i]];
      factors[i] = type == LossConfig.Type.HUBER ? 2 * chosen[i] : 2;
    }
    return new PseudoHuber(chosen, factors);
  }
}
