package org.sparklora.train.objective;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.sparklora.schedulers.PredictionType;

/**
 * What the UNet is asked to predict and how its error is weighed.
 *
 * @param predictionType {@code --prediction_type}; empty for the base model's own
 * @param snrGamma {@code --snr_gamma}, min-SNR weighting (Hang et al. 2023, arXiv 2303.09556)
 * @param debiasedEstimation {@code --debiased_estimation_loss}
 * @param loss what an error costs
 * @param noise what is added to the latents
 * @param timesteps where
 */
public record ObjectiveConfig(
    Optional<PredictionType> predictionType,
    OptionalDouble snrGamma,
    boolean debiasedEstimation,
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
        LossConfig.L2,
        NoiseConfig.offset(noiseOffset),
        TimestepConfig.ALL);
  }

  public double noiseOffset() {
    return noise.offset();
  }

  /** What must be the same for a run to go on, by flag; what is at its default stands out. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    predictionType.ifPresent(type -> recipe.put("prediction_type", label(type)));
    snrGamma.ifPresent(gamma -> recipe.put("snr_gamma", String.valueOf(gamma)));
    recipe.put("noise_offset", String.valueOf(noise.offset()));
    if (debiasedEstimation) {
      recipe.put("debiased_estimation_loss", "true");
    }
    if (loss.type() != LossConfig.Type.L2) {
      recipe.put("loss_type", label(loss.type()));
      recipe.put("huber_schedule", label(loss.huberSchedule()));
      recipe.put("huber_c", String.valueOf(loss.huberC()));
      recipe.put("huber_scale", String.valueOf(loss.huberScale()));
    }
    addNoise(recipe);
    addTimesteps(recipe);
    return recipe;
  }

  private void addNoise(Map<String, String> recipe) {
    if (noise.adaptiveScale() != 0) {
      recipe.put("adaptive_noise_scale", String.valueOf(noise.adaptiveScale()));
    }
    if (noise.multiresIterations() > 0) {
      recipe.put("multires_noise_iterations", String.valueOf(noise.multiresIterations()));
      recipe.put("multires_noise_discount", String.valueOf(noise.multiresDiscount()));
    }
    if (noise.inputPerturbation() != 0) {
      recipe.put("input_perturbation", String.valueOf(noise.inputPerturbation()));
      recipe.put("ip_noise_gamma_random_strength", String.valueOf(noise.randomStrength()));
    }
  }

  private void addTimesteps(Map<String, String> recipe) {
    if (timesteps.min() != 0) {
      recipe.put("min_timestep", String.valueOf(timesteps.min()));
    }
    if (timesteps.max() != TimestepConfig.LAST) {
      recipe.put("max_timestep", String.valueOf(timesteps.max()));
    }
    if (timesteps.bias() != TimestepConfig.Bias.NONE) {
      recipe.put("timestep_bias_strategy", label(timesteps.bias()));
      recipe.put("timestep_bias_multiplier", String.valueOf(timesteps.biasMultiplier()));
      recipe.put("timestep_bias_begin", String.valueOf(timesteps.biasBegin()));
      recipe.put("timestep_bias_end", String.valueOf(timesteps.biasEnd()));
      recipe.put("timestep_bias_portion", String.valueOf(timesteps.biasPortion()));
    }
    if (timesteps.sampling() != TimestepConfig.Sampling.UNIFORM) {
      recipe.put("timestep_sampling", label(timesteps.sampling()));
      recipe.put("logit_mean", String.valueOf(timesteps.logitMean()));
      recipe.put("logit_std", String.valueOf(timesteps.logitStd()));
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
