package org.sparklora.train.objective;

import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.util.InvalidInputException;

/**
 * Weights that turn the error of a velocity into that of the noise, or the reverse, by timestep, as
 * kohya's {@code scale_v_prediction_loss_like_noise_prediction} and {@code
 * add_v_prediction_like_loss}: the scale between them is {@code snr / (snr + 1)}, the SNR at most
 * 1000.
 */
final class VelocityWeights {
  private static final float MOST = 1000;

  private final NoiseSchedule schedule;
  private final SnrConfig config;

  /**
   * @throws InvalidInputException (CONFIGURATION) when the model predicts something else
   */
  VelocityWeights(NoiseSchedule schedule, SnrConfig config, PredictionType predictionType) {
    this.schedule = schedule;
    this.config = config;
    require(
        !config.velocityAsNoise() || predictionType == PredictionType.V_PREDICTION,
        "--scale_v_pred_loss_like_noise_pred",
        "v_prediction");
    require(
        config.velocityShare() == 0 || predictionType == PredictionType.EPSILON,
        "--v_pred_like_loss",
        "epsilon");
  }

  private static void require(boolean fits, String flag, String predictionType) {
    if (!fits) {
      throw InvalidInputException.configuration(
          "Unsupported " + flag + ": it is defined for models that predict " + predictionType);
    }
  }

  /** The factor on the error of a sample; infinite with a share where there is no signal. */
  float weight(int t) {
    float ratio = schedule.signal(t) / schedule.noise(t);
    float snr = Math.min(ratio * ratio, MOST);
    float scale = snr / (snr + 1);
    float weight = config.velocityAsNoise() ? scale : 1;
    return config.velocityShare() == 0
        ? weight
        : weight * (1 + (float) config.velocityShare() / scale);
  }
}
