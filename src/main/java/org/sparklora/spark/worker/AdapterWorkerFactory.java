package org.sparklora.spark.worker;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.apache.spark.util.SerializableConfiguration;
import org.sparklora.data.cache.LatentCache;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.caption.CaptionConfig;
import org.sparklora.data.caption.CaptionTags;
import org.sparklora.data.order.Appearances;
import org.sparklora.data.order.HeldOutSplit;
import org.sparklora.data.order.SampleOrder;
import org.sparklora.data.order.SubjectSamples;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.Trainables;
import org.sparklora.model.CaptionTokenizer;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TensorAliases;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.spark.reduce.GradientComputerFactory;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.CaptionStates;
import org.sparklora.train.ClassSamples;
import org.sparklora.train.HeldOutLoss;
import org.sparklora.train.LoraGradientComputer;
import org.sparklora.train.SampleDraws;
import org.sparklora.train.TextConditioner;
import org.sparklora.train.TextEncoding;
import org.sparklora.train.TrainedText;
import org.sparklora.train.objective.LossConfig;
import org.sparklora.train.objective.NoiseConfig;
import org.sparklora.train.objective.Objective;
import org.sparklora.train.objective.ObjectiveConfig;
import org.sparklora.train.objective.SnrConfig;
import org.sparklora.train.objective.TimestepConfig;

/**
 * Makes a worker that trains an adapter of a base model.
 *
 * @param trainables the parts to train
 * @param modulesFrom first step in which LoRA modules are trained, too
 * @param latents location of the latent cache
 * @param prior class images; at most one
 * @param captionDropoutRate {@code --caption_dropout_rate}
 * @param captions how captions are changed
 * @param heldOut at most one
 * @param encodedCaptions folder of captions that were encoded before; at most one
 */
public record AdapterWorkerFactory(
    SerializableConfiguration hadoop,
    ModelConfig model,
    BatchConfig batch,
    Trainables trainables,
    long modulesFrom,
    Objectives objective,
    String latents,
    List<ClassLatents> prior,
    double captionDropoutRate,
    CaptionConfig captions,
    List<HeldOut> heldOut,
    List<String> encodedCaptions)
    implements GradientComputerFactory {
  private static final int CACHED_CAPTIONS = 1024;

  /** Makes a worker that encodes captions itself. */
  public AdapterWorkerFactory(
      SerializableConfiguration hadoop,
      ModelConfig model,
      BatchConfig batch,
      Trainables trainables,
      long modulesFrom,
      Objectives objective,
      String latents,
      List<ClassLatents> prior,
      double captionDropoutRate,
      CaptionConfig captions,
      List<HeldOut> heldOut) {
    this(
        hadoop,
        model,
        batch,
        trainables,
        modulesFrom,
        objective,
        latents,
        prior,
        captionDropoutRate,
        captions,
        heldOut,
        List.of());
  }

  /** The same with captions that were encoded before. */
  AdapterWorkerFactory withCaptions(String folder) {
    return new AdapterWorkerFactory(
        hadoop,
        model,
        batch,
        trainables,
        modulesFrom,
        objective,
        latents,
        prior,
        captionDropoutRate,
        captions,
        heldOut,
        List.of(folder));
  }

  /**
   * {@link ObjectiveConfig} in serializable types: lists of at most one element in place of
   * optionals.
   */
  public record Objectives(
      List<PredictionType> predictionType,
      List<Double> snrGamma,
      boolean debiasedEstimation,
      SnrConfig snr,
      LossConfig loss,
      NoiseConfig noise,
      TimestepConfig timesteps)
      implements Serializable {
    public static Objectives of(ObjectiveConfig config) {
      return new Objectives(
          config.predictionType().map(List::of).orElse(List.of()),
          config.snrGamma().isPresent() ? List.of(config.snrGamma().getAsDouble()) : List.of(),
          config.debiasedEstimation(),
          config.snr(),
          config.loss(),
          config.noise(),
          config.timesteps());
    }

    ObjectiveConfig config() {
      return new ObjectiveConfig(
          predictionType.stream().findFirst(),
          snrGamma.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(snrGamma.get(0)),
          debiasedEstimation,
          snr,
          loss,
          noise,
          timesteps);
    }
  }

  @Override
  public LoraGradientComputer open(WorkerContext context) {
    return computer(load(context));
  }

  /** A gradient computer on a loaded model, for all of the run's samples. */
  public LoraGradientComputer computer(AdapterWorker worker) {
    LatentCache cache = openLatents();
    Optional<HeldOutSplit> split =
        heldOut.stream()
            .flatMap(held -> held.splits(batch.seed(), cache.sizes(), cache.appearances()).stream())
            .findFirst();
    long[] sizes = split.map(HeldOutSplit::trainingSizes).orElseGet(cache::sizes);
    ObjectiveConfig unweighted =
        new ObjectiveConfig(objective.config().predictionType(), OptionalDouble.empty(), 0);
    return computer(
        worker,
        split
            .<LongFunction<LatentSample>>map(s -> index -> cache.get(s.training(index)))
            .orElse(cache::get),
        sizes,
        cache.appearances(),
        heldOut.stream()
            .findFirst()
            .map(
                held ->
                    new HeldOutLoss(
                        worker.ops(),
                        worker.gradient(),
                        worker.adapter(),
                        worker.text(),
                        new Objective(worker.schedule(), unweighted),
                        held.open(
                            hadoop.value(),
                            batch.seed(),
                            batch.trainBatchSize(),
                            captionChange(worker.base())
                                .filter(change -> !trainables.tokens().isEmpty())),
                        batch.seed(),
                        worker.latentScale())));
  }

  /** Makes the reader of the run's samples, without loading a model. */
  public SampleDraws draws() {
    ModelFolder base = model.open(hadoop.value());
    LatentCache cache = openLatents();
    NoiseSchedule schedule = objective.snr().schedule(SchedulerConfig.of(base.config("scheduler")));
    return new SampleDraws(
        new Objective(schedule, objective.config()),
        samples(base, cache::get, cache.sizes(), cache.appearances()),
        classSamples(cache.appearances().count(cache.sizes())),
        draw(NetworkLoader.vaeConfig(base).scalingFactor()));
  }

  /** The latent cache, which all workers of this process share. */
  public LatentCache openLatents() {
    return LatentCache.shared(latents, hadoop.value(), ExecutorDisks.ofThisProcess());
  }

  /** Loads the base model and puts an adapter on it. */
  public AdapterWorker load(WorkerContext context) {
    Precision precision = batch.precision();
    precision.requireSupportOn(context.device());
    ModelFolder base = model.open(hadoop.value());
    Ops ops = Ops.open(context.device(), context.threads(), batch.gpu());
    NetworkLoader networks = new NetworkLoader(base, ops, batch.attention());
    UNet2DConditionModel unet = networks.unet(precision);
    Supplier<TextEncoders> encoders = encoders(networks);
    AdapterLayout layout = layout(base, trainables);
    LoraAdapter adapter =
        LoraAdapter.inject(
            ops,
            adapted(base, unet, encoders),
            layout,
            trainables.dropout(),
            trainables.innerDropout());
    TextEncoding text =
        trainables.trainsText()
            ? new TrainedText(
                ops, encoders.get(), adapter, precision, batch.seed(), trainables.clipSkip())
            : new TextConditioner(
                ops,
                encoders,
                precision,
                CACHED_CAPTIONS,
                trainables.clipSkip(),
                encodedCaptions.stream()
                    .findFirst()
                    .<CaptionStates>map(folder -> new StoredCaptions(folder, hadoop.value()))
                    .orElse(CaptionStates.NONE));
    return new AdapterWorker(
        base,
        ops,
        layout,
        adapter,
        new AdapterGradient(ops, unet, adapter, precision, batch.gradientCheckpointing()),
        text,
        objective.snr().schedule(SchedulerConfig.of(base.config("scheduler"))),
        NetworkLoader.vaeConfig(base).scalingFactor());
  }

  /**
   * Returns the text encoders. They are loaded at once; if captions were encoded before, only when
   * a caption is missing.
   */
  private Supplier<TextEncoders> encoders(NetworkLoader networks) {
    if (trainables.trainsText()) {
      TextEncoders trained = networks.textEncoders();
      return () -> trained;
    }
    if (encodedCaptions.isEmpty()) {
      TextEncoders frozen = networks.frozenTextEncoders();
      return () -> frozen;
    }
    AtomicReference<TextEncoders> loaded = new AtomicReference<>();
    return () -> loaded.updateAndGet(old -> old == null ? networks.frozenTextEncoders() : old);
  }

  /** The token ids that replace a caption that is dropped; empty if none is ever dropped. */
  Optional<int[]> emptyCaption() {
    return captionDropout(model.open(hadoop.value()))
        .map(CachedSamples.CaptionDropout::emptyCaption);
  }

  /** A gradient computer on a loaded model for one subject's samples. */
  public LoraGradientComputer computer(
      AdapterWorker worker, LatentCache cache, SubjectSamples subject) {
    return computer(
        worker,
        index -> cache.get(subject.places()[Math.toIntExact(index)]),
        subject.sizes(),
        Appearances.once(subject.sizes().length),
        Optional.empty());
  }

  private LoraGradientComputer computer(
      AdapterWorker worker,
      LongFunction<LatentSample> samples,
      long[] sizes,
      Appearances appearances,
      Optional<HeldOutLoss> loss) {
    return new LoraGradientComputer(
        worker.ops(),
        worker.gradient(),
        worker.adapter(),
        worker.text(),
        new Objective(worker.schedule(), objective.config()),
        samples(worker.base(), samples, sizes, appearances),
        classSamples(appearances.count(sizes)),
        draw(worker.latentScale()),
        modulesFrom,
        loss);
  }

  private CachedSamples samples(
      ModelFolder base, LongFunction<LatentSample> samples, long[] sizes, Appearances appearances) {
    return new CachedSamples(
        samples,
        order(sizes, appearances),
        batch.seed(),
        captionDropout(base),
        captionChange(base),
        objective.loss().priorWeight());
  }

  /** The class's samples, beside so many of an epoch. */
  private Optional<ClassSamples> classSamples(long subjects) {
    return prior.stream()
        .findFirst()
        .map(images -> images.open(hadoop.value(), batch.seed(), subjects));
  }

  private LoraGradientComputer.Draw draw(double latentScale) {
    return new LoraGradientComputer.Draw(
        batch.seed(), batch.trainBatchSize(), batch.microBatches(), latentScale);
  }

  /** The order of a subject's samples of these sizes. */
  public SampleOrder order(long[] sizes) {
    return order(sizes, Appearances.once(sizes.length));
  }

  /** The order of samples of which some appear several times in an epoch. */
  public SampleOrder order(long[] sizes, Appearances appearances) {
    return prior.stream()
        .findFirst()
        .map(images -> appearances.orderBeside(batch.seed(), sizes, images.samples()))
        .orElseGet(() -> appearances.order(batch.seed(), sizes, batch.trainBatchSize()));
  }

  private Optional<CachedSamples.CaptionDropout> captionDropout(ModelFolder base) {
    return captionDropoutRate == 0 && captions.dropoutEpochs() == 0
        ? Optional.empty()
        : Optional.of(
            new CachedSamples.CaptionDropout(
                captionDropoutRate, captions.dropoutEpochs(), CaptionTokenizer.load(base).ids("")));
  }

  private Optional<CachedSamples.CaptionChange> captionChange(ModelFolder base) {
    if (!captions.changes() && trainables.tokens().isEmpty()) {
      return Optional.empty();
    }
    CaptionTokenizer tokenizer = trainables.tokenizer(CaptionTokenizer.load(base));
    return Optional.of(
        new CachedSamples.CaptionChange(
            new CaptionTags(captions, batch.seed()),
            text -> tokenizer.ids(trainables.writtenOut(text))));
  }

  private AdaptedNetworks adapted(
      ModelFolder base, UNet2DConditionModel unet, Supplier<TextEncoders> encoders) {
    return trainables.trainsText()
        ? AdaptedNetworks.of(
            unet.layers(), encoders.get(), CaptionTokenizer.load(base).first().size())
        : AdaptedNetworks.unet(unet.layers());
  }

  /** The adapter's layout in a base model, from the headers of its weights. */
  public static AdapterLayout layout(ModelFolder base, Trainables trainables) {
    ModelFamily family = ModelFamily.of(base);
    Trainables all = trainables.in(family);
    Map<Network, Map<String, long[]>> shapes = new EnumMap<>(Network.class);
    for (Network network : all.lora().keySet()) {
      TreeMap<String, long[]> ofNetwork = new TreeMap<>();
      try (TensorFile weights = base.weights(network.component())) {
        weights
            .tensors()
            .forEach(
                (name, tensor) ->
                    ofNetwork.put(TensorAliases.known(network, name), tensor.shape()));
      }
      ofNetwork.remove(UNet2DConditionModel.GUIDANCE_LAYER + ".weight");
      shapes.put(network, ofNetwork);
    }
    Map<Network, Integer> widths = new EnumMap<>(Network.class);
    for (Network encoder : family.textEncoders()) {
      widths.put(encoder, NetworkLoader.textEncoderConfig(base, encoder).hiddenSize());
    }
    return AdapterLayout.of(family, shapes, widths, all);
  }
}
