package org.sparklora.train.objective;

import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.util.InvalidInputException;

/**
 * Debiased estimation (Yu et al. 2023, arXiv 2310.08442) by timestep, as kohya's {@code
 * apply_debiased_estimation}: {@code 1 / sqrt(snr)} for epsilon, {@code 1 / (snr + 1)} for
 * v-prediction, the SNR at most 1000.
 */
final class DebiasedWeights {
  private static final float MOST = 1000;

  private final float[] weights;

  /**
   * @throws InvalidInputException (CONFIGURATION) for a model that predicts the sample, for which
   *     it is not defined
   */
  DebiasedWeights(NoiseSchedule schedule, PredictionType predictionType) {
    weights = new float[schedule.trainTimesteps()];
    for (int t = 0; t < weights.length; t++) {
      float ratio = schedule.signal(t) / schedule.noise(t);
      weights[t] = weight(Math.min(ratio * ratio, MOST), predictionType);
    }
  }

  private static float weight(float snr, PredictionType predictionType) {
    return switch (predictionType) {
      case EPSILON -> 1 / (float) Math.sqrt(snr);
      case V_PREDICTION -> 1 / (snr + 1);
      case SAMPLE ->
          throw InvalidInputException.configuration(
              "Unsupported --debiased_estimation_loss: it is defined for epsilon and v_prediction,"
                  + " and this model predicts the sample");
    };
  }

  /** The factor on the error of a sample; infinite for epsilon if there is no signal. */
  float weight(int t) {
    return weights[t];
  }
}
