package org.sparklora.spark;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.CaptionConfig;
import org.sparklora.data.CaptionTags;
import org.sparklora.data.LatentCache;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.ClipTokenizer;
import org.sparklora.model.ModelConfig;
import org.sparklora.model.ModelFolder;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TensorFile;
import org.sparklora.nn.UNet2DConditionModel;
import org.sparklora.schedulers.NoiseSchedule;
import org.sparklora.schedulers.PredictionType;
import org.sparklora.schedulers.SchedulerConfig;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.LoraGradientComputer;
import org.sparklora.train.LossConfig;
import org.sparklora.train.NoiseConfig;
import org.sparklora.train.Objective;
import org.sparklora.train.ObjectiveConfig;
import org.sparklora.train.TextConditioner;
import org.sparklora.train.TimestepConfig;

/**
 * Makes a worker that trains LoRA in the UNet of a base model.
 *
 * @param latents location of the latent cache
 * @param captionDropoutRate {@code --caption_dropout_rate}
 * @param captions what becomes of captions
 */
record UNetWorkerFactory(
    SerializableConfiguration hadoop,
    ModelConfig model,
    BatchConfig batch,
    Lora lora,
    Objectives objective,
    String latents,
    double captionDropoutRate,
    CaptionConfig captions)
    implements GradientComputerFactory {
  private static final int CACHED_CAPTIONS = 1024;

  /** {@link LoraConfig} in types that are serializable. */
  record Lora(
      int rank, double alpha, double dropout, boolean rankStabilised, List<String> targetModules)
      implements Serializable {
    static Lora of(LoraConfig config) {
      return new Lora(
          config.rank(),
          config.alpha(),
          config.dropout(),
          config.rankStabilised(),
          config.targetModules());
    }

    LoraConfig config() {
      return new LoraConfig(rank, alpha, dropout, rankStabilised, targetModules);
    }
  }

  /** {@link ObjectiveConfig} in types that are serializable: lists of at most one. */
  record Objectives(
      List<PredictionType> predictionType,
      List<Double> snrGamma,
      boolean debiasedEstimation,
      LossConfig loss,
      NoiseConfig noise,
      TimestepConfig timesteps)
      implements Serializable {
    static Objectives of(ObjectiveConfig config) {
      return new Objectives(
          config.predictionType().map(List::of).orElse(List.of()),
          config.snrGamma().isPresent() ? List.of(config.snrGamma().getAsDouble()) : List.of(),
          config.debiasedEstimation(),
          config.loss(),
          config.noise(),
          config.timesteps());
    }

    ObjectiveConfig config() {
      return new ObjectiveConfig(
          predictionType.stream().findFirst(),
          snrGamma.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(snrGamma.get(0)),
          debiasedEstimation,
          loss,
          noise,
          timesteps);
    }
  }

  @Override
  public LoraGradientComputer open(WorkerContext context) {
    Precision precision = batch.precision();
    precision.requireSupportOn(context.device());
    Configuration configuration = hadoop.value();
    ModelFolder base = ModelFolder.open(model.location(), configuration, model.variant());
    Ops ops = Ops.open(context.device(), context.threads());
    NetworkLoader networks = new NetworkLoader(base, ops, batch.attention());
    UNet2DConditionModel unet = networks.unet(precision);
    LoraConfig config = lora.config();
    LoraAdapter adapter = LoraAdapter.inject(ops, unet.layers(), layout(base, config), config);
    TextConditioner text =
        new TextConditioner(ops, networks.textEncoder(Precision.FP32), precision, CACHED_CAPTIONS);
    NoiseSchedule schedule = NoiseSchedule.of(SchedulerConfig.of(base.config("scheduler")));
    LatentCache cache = LatentCache.open(latents, configuration);
    return new LoraGradientComputer(
        ops,
        new AdapterGradient(ops, unet, adapter, precision, batch.gradientCheckpointing()),
        adapter,
        text,
        new Objective(schedule, objective.config()),
        new CachedSamples(
            cache, batch.trainBatchSize(), batch.seed(), captionDropout(base), captionChange(base)),
        new LoraGradientComputer.Draw(
            batch.seed(),
            batch.trainBatchSize(),
            batch.microBatches(),
            NetworkLoader.latentScale(base)));
  }

  private Optional<CachedSamples.CaptionDropout> captionDropout(ModelFolder base) {
    return captionDropoutRate == 0
        ? Optional.empty()
        : Optional.of(
            new CachedSamples.CaptionDropout(
                captionDropoutRate, ClipTokenizer.load(base).encode("").ids()));
  }

  private Optional<CachedSamples.CaptionChange> captionChange(ModelFolder base) {
    if (!captions.changes()) {
      return Optional.empty();
    }
    ClipTokenizer tokenizer = ClipTokenizer.load(base);
    return Optional.of(
        new CachedSamples.CaptionChange(
            new CaptionTags(captions, batch.seed()), text -> tokenizer.encode(text).ids()));
  }

  /** The adapter's layout in a base model's UNet, from the header of its weights. */
  static AdapterLayout layout(ModelFolder base, LoraConfig config) {
    TreeMap<String, long[]> shapes = new TreeMap<>();
    try (TensorFile weights = base.weights("unet")) {
      weights.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    }
    return AdapterLayout.of(shapes, config);
  }
}
