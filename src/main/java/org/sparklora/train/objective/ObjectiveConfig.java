package org.sparklora.train.objective;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.sparklora.schedulers.noise.PredictionType;

/**
 * What the UNet predicts and how its error is weighted.
 *
 * @param predictionType {@code --prediction_type}; empty for the base model's own
 * @param snrGamma {@code --snr_gamma}, min-SNR weighting (Hang et al. 2023, arXiv 2303.09556)
 * @param debiasedEstimation {@code --debiased_estimation_loss}
 * @param snr the schedule's end, and weights made of signal and noise
 * @param loss cost of an error
 * @param noise that is added to the latents
 * @param timesteps that are drawn
 */
public record ObjectiveConfig(
    Optional<PredictionType> predictionType,
    OptionalDouble snrGamma,
    boolean debiasedEstimation,
    SnrConfig snr,
    LossConfig loss,
    NoiseConfig noise,
    TimestepConfig timesteps) {
  /** The squared error at all timesteps. */
  public ObjectiveConfig(
      Optional<PredictionType> predictionType, OptionalDouble snrGamma, double noiseOffset) {
    this(
        predictionType,
        snrGamma,
        false,
        SnrConfig.PLAIN,
        LossConfig.L2,
        NoiseConfig.offset(noiseOffset),
        TimestepConfig.ALL);
  }

  public double noiseOffset() {
    return noise.offset();
  }

  /** The settings that a resumed run must share, by flag, without those at their defaults. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    predictionType.ifPresent(type -> recipe.put("prediction_type", label(type)));
    snrGamma.ifPresent(gamma -> recipe.put("snr_gamma", String.valueOf(gamma)));
    if (debiasedEstimation) {
      recipe.put("debiased_estimation_loss", "true");
    }
    recipe.putAll(snr.recipe());
    recipe.putAll(loss.recipe());
    recipe.putAll(noise.recipe());
    recipe.putAll(timesteps.recipe());
    return recipe;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
