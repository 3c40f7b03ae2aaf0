package org.sparklora.train.objective;

import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;

/**
 * Min-SNR-gamma loss weights (Hang et al. 2023, arXiv 2303.09556) by timestep, in fp32 as
 * diffusers' {@code compute_snr} and training scripts compute them: {@code min(snr, gamma) / snr}
 * for epsilon, {@code min(snr, gamma) / (snr + 1)} for v-prediction, {@code min(snr, gamma)} for
 * the sample.
 *
 * <p>At the end of a schedule in pure noise (rescaled betas) the SNR is 0. The epsilon weight is
 * then 1, which is the limit of the formula; diffusers gets NaN. The v-prediction weight is 0.
 */
final class SnrWeights {
  private final float[] weights;

  SnrWeights(NoiseSchedule schedule, double gamma, PredictionType predictionType) {
    weights = new float[schedule.trainTimesteps()];
    for (int t = 0; t < weights.length; t++) {
      float ratio = schedule.signal(t) / schedule.noise(t);
      weights[t] = weight(ratio * ratio, (float) gamma, predictionType);
    }
  }

  /** The factor on the squared error of a sample at timestep {@code t}. */
  float weight(int t) {
    return weights[t];
  }

  private static float weight(float snr, float gamma, PredictionType predictionType) {
    float clipped = Math.min(snr, gamma);
    return switch (predictionType) {
      case EPSILON -> snr == 0 ? 1 : clipped / snr;
      case V_PREDICTION -> clipped / (snr + 1);
      case SAMPLE -> clipped;
    };
  }
}
