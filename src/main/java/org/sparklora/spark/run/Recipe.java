package org.sparklora.spark.run;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.model.BaseModelIdentity;
import org.sparklora.model.TextLength;
import org.sparklora.train.rate.LearningRateConfig;

/** The settings that a resumed run must share with its checkpoint, by flag. */
public final class Recipe {
  public static final String BASE_MODEL = "base model";

  /** The flag for {@link Recipe#of}'s latent cache. */
  public static final String LATENTS = "latent cache (data set, autoencoder and picture flags)";

  static final String CLASS_LATENTS =
      "latent cache of class images (--class_data_dir, --class_prompt)";

  private Recipe() {}

  /**
   * The recipe of a run.
   *
   * @param baseModel {@link BaseModelIdentity}
   * @param latents key of the latent cache: data, model files and picture settings
   * @param classLatents key of the latent cache of the class images; empty without prior
   *     preservation
   */
  public static Map<String, String> of(
      TrainingConfig config,
      String baseModel,
      String latents,
      Optional<String> classLatents,
      LearningRateConfig learningRate) {
    Map<String, String> recipe = new TreeMap<>();
    recipe.put(BASE_MODEL, baseModel);
    config.model().variant().ifPresent(variant -> recipe.put("variant", variant));
    if (config.model().textPieces() > 1) {
      recipe.put(
          "max_token_length", String.valueOf(TextLength.tokens(config.model().textPieces())));
    }
    recipe.put(LATENTS, latents);
    classLatents.ifPresent(key -> recipe.put(CLASS_LATENTS, key));
    if (config.weighsPrior()) {
      recipe.put("prior_loss_weight", String.valueOf(config.objective().loss().priorWeight()));
    }
    recipe.putAll(config.data().recipe());
    if (config.validation().split() > 0) {
      recipe.put("validation_split", String.valueOf(config.validation().split()));
    }
    recipe.putAll(config.batch().recipe());
    recipe.putAll(config.trainables().recipe());
    recipe.putAll(config.rates().recipe());
    recipe.putAll(config.objective().recipe());
    recipe.putAll(config.optimizer().recipe());
    config
        .rates()
        .textEncoderEnd(learningRate.maxTrainSteps())
        .ifPresent(end -> recipe.put("stop_text_encoder_training", String.valueOf(end)));
    recipe.putAll(learningRate.recipe());
    recipe.putAll(config.exchange().recipe());
    return recipe;
  }
}
