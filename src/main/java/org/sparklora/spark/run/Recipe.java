package org.sparklora.spark.run;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.train.step.LearningRateConfig;
import org.sparklora.train.step.OptimizerConfig;

/** The settings that a resumed run must share with its checkpoint, by flag. */
public final class Recipe {
  public static final String BASE_MODEL = "base model";

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
    recipe.put("latent cache (data set, autoencoder and picture flags)", latents);
    classLatents.ifPresent(key -> recipe.put(CLASS_LATENTS, key));
    config
        .prior()
        .ifPresent(prior -> recipe.put("prior_loss_weight", String.valueOf(prior.lossWeight())));
    recipe.put("caption_dropout_rate", String.valueOf(config.data().captionDropoutRate()));
    recipe.putAll(config.data().captions().recipe());
    if (config.validation().split() > 0) {
      recipe.put("validation_split", String.valueOf(config.validation().split()));
    }
    recipe.put("seed", String.valueOf(config.batch().seed()));
    recipe.put("train_batch_size", String.valueOf(config.batch().trainBatchSize()));
    recipe.put(
        "num_workers x gradient_accumulation_steps", String.valueOf(config.batch().microBatches()));
    recipe.put("threads_per_worker", String.valueOf(config.batch().threadsPerWorker()));
    recipe.put("mixed_precision", config.batch().precision().name().toLowerCase(Locale.ROOT));
    recipe.put("attention", config.batch().attention().toString());
    recipe.putAll(config.trainables().recipe());
    recipe.putAll(config.rates().recipe());
    recipe.putAll(config.objective().recipe());
    OptimizerConfig optimizer = config.optimizer();
    recipe.put("learning_rate", String.valueOf(optimizer.learningRate()));
    recipe.putAll(optimizer.rule().recipe());
    optimizer.ema().ifPresent(ema -> recipe.putAll(ema.recipe()));
    optimizer
        .weightNorm()
        .ifPresent(most -> recipe.put("scale_weight_norms", String.valueOf(most)));
    config
        .rates()
        .textEncoderEnd(learningRate.maxTrainSteps())
        .ifPresent(end -> recipe.put("stop_text_encoder_training", String.valueOf(end)));
    recipe.put("max_grad_norm", String.valueOf(optimizer.maxGradNorm()));
    recipe.put("lr_scheduler", learningRate.scheduler().name().toLowerCase(Locale.ROOT));
    recipe.put("lr_warmup_steps", String.valueOf(learningRate.warmupSteps()));
    recipe.put("lr_num_cycles", String.valueOf(learningRate.numCycles()));
    recipe.put("lr_power", String.valueOf(learningRate.power()));
    switch (learningRate.scheduler()) {
      case INVERSE_SQRT ->
          recipe.put("lr_timescale", String.valueOf(learningRate.decay().timescale()));
      case COSINE_WITH_MIN_LR, REX -> putLeast(recipe, learningRate);
      case WARMUP_STABLE_DECAY -> {
        recipe.put("lr_decay_steps", String.valueOf(learningRate.decay().steps()));
        putLeast(recipe, learningRate);
      }
      default -> {}
    }
    switch (learningRate.scheduler()) {
      // A run with such a rate may be made longer. Other rates depend on the number of steps.
      case CONSTANT, CONSTANT_WITH_WARMUP, INVERSE_SQRT -> {}
      default -> recipe.put("max_train_steps", String.valueOf(learningRate.maxTrainSteps()));
    }
    return recipe;
  }

  private static void putLeast(Map<String, String> recipe, LearningRateConfig learningRate) {
    recipe.put("lr_min_ratio", String.valueOf(learningRate.decay().minRatio()));
  }
}
