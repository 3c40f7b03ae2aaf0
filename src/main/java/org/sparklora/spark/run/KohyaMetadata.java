package org.sparklora.spark.run;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.AdapterFamily;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.TextLength;
import org.sparklora.tensor.Precision;
import org.sparklora.train.objective.ObjectiveConfig;

/**
 * The metadata that kohya's scripts write into an adapter's file, as far as it describes settings.
 * Times, paths and names of pictures are left out. Values are written as Python writes them.
 */
final class KohyaMetadata {
  private static final int V2_TEXT_WIDTH = 1024;

  private final Map<String, String> metadata = new TreeMap<>();

  private KohyaMetadata() {}

  static Map<String, String> of(TrainingConfig config, List<AdaptedModule> modules) {
    KohyaMetadata metadata = new KohyaMetadata();
    metadata.model(modules);
    metadata.data(config);
    metadata.rates(config);
    metadata.objective(config.objective());
    metadata.put("clip_skip", clipSkip(config.trainables().clipSkip()));
    return metadata.metadata;
  }

  private void put(String name, Object value) {
    metadata.put("ss_" + name, text(value));
  }

  private static String text(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional.map(KohyaMetadata::text).orElse("None");
    }
    return value instanceof Boolean on ? (on ? "True" : "False") : String.valueOf(value);
  }

  /**
   * Converts a number of skipped layers into kohya's {@code clip_skip}, which counts from 1 for the
   * last layer. Without a skip there is no value.
   */
  private static Optional<Integer> clipSkip(int skipped) {
    return skipped == 0 ? Optional.empty() : Optional.of(skipped + 1);
  }

  private void model(List<AdaptedModule> modules) {
    boolean v2 = modules.stream().anyMatch(KohyaMetadata::isOfV2);
    boolean xl = AdapterFamily.of(modules).equals(Optional.of(ModelFamily.STABLE_DIFFUSION_XL));
    put("base_model_version", xl ? "sdxl_base_v1-0" : v2 ? "sd_v2" : "sd_v1");
    put("v2", v2);
  }

  private static boolean isOfV2(AdaptedModule module) {
    return module.network() == Network.UNET
        && module.name().matches(".*\\.attn2\\.to_[kv]")
        && module.downShape()[1] == V2_TEXT_WIDTH;
  }

  private void data(TrainingConfig config) {
    int side = config.data().largestResolution();
    put("resolution", "(" + side + ", " + side + ")");
    put("enable_bucket", !config.data().buckets().sizes().isEmpty());
    put("random_crop", !config.data().centerCrop());
    put("caption_dropout_rate", config.data().captionDropoutRate());
    if (config.model().textPieces() > 1) {
      put("max_token_length", TextLength.tokens(config.model().textPieces()));
    }
    put("batch_size_per_device", config.batch().trainBatchSize());
    put("total_batch_size", config.batch().microBatches() * config.batch().trainBatchSize());
    put("gradient_checkpointing", config.batch().gradientCheckpointing());
    put("seed", config.batch().seed());
    Precision precision = config.batch().precision();
    put(
        "mixed_precision",
        precision == Precision.FP32 ? "no" : precision.name().toLowerCase(Locale.ROOT));
  }

  private void rates(TrainingConfig config) {
    double rate = config.optimizer().learningRate();
    put("learning_rate", rate);
    put("unet_lr", rate);
    boolean text = config.trainables().textEncoder().isPresent();
    put(
        "text_encoder_lr",
        text ? Optional.of(config.rates().textEncoder().orElse(rate)) : Optional.empty());
    put("optimizer", config.optimizer().rule().label());
    put("max_grad_norm", config.optimizer().maxGradNorm());
    put("scale_weight_norms", config.optimizer().weightNorm());
    put("lr_scheduler", config.schedule().scheduler().name().toLowerCase(Locale.ROOT));
    put("lr_warmup_steps", config.schedule().warmup());
    config.length().maxTrainSteps().ifPresent(steps -> put("max_train_steps", steps));
  }

  private void objective(ObjectiveConfig objective) {
    put("noise_offset", objective.noiseOffset() == 0 ? "None" : objective.noiseOffset());
    put(
        "min_snr_gamma",
        objective.snrGamma().isPresent()
            ? Optional.of(objective.snrGamma().getAsDouble())
            : Optional.empty());
    put("zero_terminal_snr", objective.snr().zeroTerminal());
    put("debiased_estimation", objective.debiasedEstimation());
  }
}
