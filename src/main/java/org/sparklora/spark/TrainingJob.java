package org.sparklora.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.FirstCause;
import org.sparklora.InvalidInputException;
import org.sparklora.data.BadImage;
import org.sparklora.data.SampleOrder;
import org.sparklora.hub.HubPublisher;
import org.sparklora.hub.HubUri;
import org.sparklora.hub.PublishConfig;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.report.ModelCard;
import org.sparklora.report.ProgressLine;
import org.sparklora.report.RunEvent;
import org.sparklora.report.RunEvents;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.store.FileContent;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.store.StoreFile;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterOptimizer;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.Checkpoint;
import org.sparklora.train.Checkpoints;
import org.sparklora.train.LearningRateConfig;
import org.sparklora.train.StepListener;
import org.sparklora.train.optimizer.ParameterTensor;

/** A training run: check, prepare, segments with a checkpoint after each, the adapter. */
public final class TrainingJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingJob.class);
  private static final String LATENTS = "latents";
  private static final String SAMPLES = "samples.png";

  private final TrainingConfig config;
  private final JavaSparkContext spark;
  private final Configuration hadoop;
  private final TrainingInputs inputs;
  private final Path output;
  private final OutputLease lease;
  private final StartTimes start;
  private final RunEvents events;
  private volatile long step;

  private TrainingJob(
      TrainingConfig config,
      JavaSparkContext spark,
      TrainingInputs inputs,
      OutputLease lease,
      RunEvents events,
      StartTimes start) {
    this.start = start;
    this.config = config;
    this.spark = spark;
    this.hadoop = spark.hadoopConfiguration();
    this.inputs = inputs;
    this.output = new Path(config.outputDir());
    this.lease = lease;
    this.events = events;
  }

  /**
   * Runs to the end.
   *
   * @throws InvalidInputException when something given cannot be worked with
   * @throws WorkersLostException when the workers are gone
   * @throws org.sparklora.hub.PublishException when all is done but what was to be published is not
   */
  public static void run(TrainingConfig given) {
    StartTimes start = StartTimes.sinceSubmit();
    start.mark("Java");
    SparkConf settings = settings(given);
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(settings);
    HubInputs pinned = HubInputs.pin(given.model(), given.data(), hadoop);
    Optional<HubPublisher> publisher =
        given.hub().publish().map(publish -> HubPublisher.open(publish, given.outputDir(), hadoop));
    TrainingConfig config =
        given.with(pinned.model(), pinned.data(), publisher.map(HubPublisher::id));
    TrainingInputs inputs = TrainingInputs.check(config, hadoop);
    AtomicReference<JavaSparkContext> running = new AtomicReference<>();
    try (OutputLease lease =
        OutputLease.acquire(
            hadoop,
            new Path(config.outputDir()),
            Holder.current(settings.get("spark.app.name")),
            () -> Optional.ofNullable(running.get()).ifPresent(JavaSparkContext::stop))) {
      start.mark("checks");
      run(config, settings, inputs, lease, start, running);
      publisher.ifPresent(to -> to.publish("Adapter trained with spark-lora"));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot go on: " + e.getMessage(), e);
    }
  }

  /**
   * Checks Spark's settings alone, without a look at model and data.
   *
   * @throws InvalidInputException (CONFIGURATION, RESOURCES) when they cannot work
   */
  public static void checkSettings(TrainingConfig config) {
    settings(config);
  }

  private static SparkConf settings(TrainingConfig config) {
    SparkConf settings = SparkSettings.forTraining(config.master());
    SparkSettings.shareHub(settings, config.hub().cacheDir());
    SparkSettings.fitThreads(settings, config.batch().threadsPerWorker());
    SparkSettings.requireSupport(config.batch().precision(), settings);
    return settings;
  }

  private static void run(
      TrainingConfig config,
      SparkConf settings,
      TrainingInputs inputs,
      OutputLease lease,
      StartTimes start,
      AtomicReference<JavaSparkContext> running)
      throws IOException {
    try (JavaSparkContext spark = new JavaSparkContext(settings)) {
      // The workers of a run that was taken over have nothing to compute for: it loses them all.
      running.set(spark);
      if (lease.isLost()) {
        lease.requireHeld();
      }
      start.mark("Spark");
      try (RunEvents events = new RunEvents(List.of())) {
        new TrainingJob(config, spark, inputs, lease, events, start).run();
      }
    } catch (Exception e) {
      if (lease.isLost()) {
        lease.requireHeld(); // says why there is no Spark any more
      }
      throw e;
    }
  }

  private void run() throws IOException {
    try {
      train();
    } catch (IOException | RuntimeException | Error e) {
      events.add(new RunEvent.Failed(Instant.now(), step, FirstCause.of(e)));
      throw e;
    }
  }

  private void train() throws IOException {
    BatchConfig batch = config.batch();
    events.add(new RunEvent.Started(Instant.now(), description()));
    PrepareResult latents = prepare();
    start.mark("latents");
    events.add(prepared(latents));
    long samplesPerStep = (long) batch.microBatches() * batch.trainBatchSize();
    SampleOrder order = SampleOrder.of(batch.seed(), latents.sizes(), batch.trainBatchSize());
    long steps = config.length().steps(order.epochSlots(), samplesPerStep);
    LearningRateConfig learningRate = config.schedule().over(steps);
    Map<String, String> recipe =
        Recipe.of(
            config,
            BaseModelIdentity.of(config.model(), hadoop),
            new Path(latents.location()).getName(),
            learningRate);
    Checkpoints checkpoints = new Checkpoints(hadoop, output, lease);
    AdapterOptimizer optimizer = optimizer(checkpoints, recipe, learningRate);
    UNetWorkerFactory factory =
        new UNetWorkerFactory(
            new SerializableConfiguration(hadoop),
            config.model(),
            batch,
            UNetWorkerFactory.Lora.of(config.lora()),
            UNetWorkerFactory.Objectives.of(config.objective()),
            latents.location(),
            config.data().captionDropoutRate(),
            config.data().captions());
    try (SegmentRunner runner =
        new SegmentRunner(
            spark, factory, batch.threadsPerWorker(), config.workerTimeoutSeconds())) {
      runner.awaitExecutors(batch.microBatches());
      start.mark("executors");
      LOG.info(
          "Training {} parameters in {} modules: {} pictures, {} a step, steps {} to {}, {} workers",
          inputs.layout().parameters(),
          inputs.layout().modules().size(),
          latents.samples(),
          samplesPerStep,
          optimizer.state().step(),
          steps,
          runner.workers(batch.microBatches()));
      ProgressLine progress =
          new ProgressLine(
              System.err, ProgressLine.isTerminal(), steps, Math.toIntExact(samplesPerStep));
      if (optimizer.state().step() >= steps) {
        LOG.warn(
            "Nothing to train: the checkpoint is at step {}, the run ends at step {}",
            optimizer.state().step(),
            steps);
      }
      step = optimizer.state().step();
      events.add(
          new RunEvent.Training(
              Instant.now(),
              step,
              steps,
              Math.toIntExact(samplesPerStep),
              runner.workers(batch.microBatches())));
      long first = step;
      StepListener listener =
          (result, seconds) -> {
            progress.onStep(result);
            step = result.step() + 1;
            if (result.step() == first) {
              runner.markStart(start);
              start.mark("step");
              LOG.info("First step {}", start.text());
            }
            events.add(
                new RunEvent.Stepped(Instant.now(), result, new RunEvent.StepTiming(seconds)));
          };
      while (optimizer.state().step() < steps) {
        long end = segmentEnd(optimizer.state().step(), steps);
        runner.run(optimizer, end, listener);
        if (end % config.checkpoints().checkpointingSteps() == 0) {
          save(checkpoints, optimizer, recipe);
        }
      }
    }
    finish(optimizer.result());
  }

  private PrepareResult prepare() {
    return new LatentPreparation(
            config.model(), config.data(), inputs.dataset(), config.batch().threadsPerWorker())
        .run(spark, config.latentCacheDir().orElseGet(() -> new Path(output, LATENTS).toString()));
  }

  private AdapterOptimizer optimizer(
      Checkpoints checkpoints, Map<String, String> recipe, LearningRateConfig learningRate)
      throws IOException {
    Precision precision = config.batch().precision();
    int microBatches = config.batch().microBatches();
    AdapterLayout layout = inputs.layout();
    List<ParameterTensor> tensors = ParameterTensor.of(layout);
    Optional<String> wanted = config.checkpoints().resumeFromCheckpoint();
    Optional<Checkpoint> checkpoint =
        wanted.isPresent() ? checkpoints.resume(wanted.get()) : Optional.empty();
    if (checkpoint.isPresent()) {
      checkpoint.get().requireSame(recipe);
      LOG.info("Resuming from {}", checkpoint.get().folder());
      return AdapterOptimizer.resume(
          config.optimizer(),
          learningRate,
          precision,
          microBatches,
          tensors,
          checkpoint.get().state());
    }
    if (wanted.isPresent()) {
      LOG.info("No checkpoint in {} yet: starting from the beginning", output);
    }
    return new AdapterOptimizer(
        config.optimizer(),
        learningRate,
        precision,
        microBatches,
        tensors,
        layout.initialValues(config.batch().seed()));
  }

  private long segmentEnd(long step, long steps) {
    long every = config.checkpoints().checkpointingSteps();
    return Math.min(steps, (step / every + 1) * every);
  }

  private void save(Checkpoints checkpoints, AdapterOptimizer optimizer, Map<String, String> recipe)
      throws IOException {
    Map<String, FileContent> adapter =
        Map.of(PeftAdapterFile.NAME, out -> file().write(optimizer.result(), out));
    Path folder = checkpoints.save(optimizer.export(), recipe, adapter);
    LOG.info("Saved {}", folder);
    events.add(new RunEvent.Saved(Instant.now(), step, folder.toString()));
    if (config.checkpoints().totalLimit().isPresent()) {
      checkpoints.prune(config.checkpoints().totalLimit().getAsInt());
    }
  }

  private void finish(float[] values) throws IOException {
    Optional<byte[]> grid = ValidationJob.run(spark, config, values);
    if (grid.isPresent()) {
      Path path = new Path(output, SAMPLES);
      write(path, out -> out.write(grid.get()));
      LOG.info("Pictures of base and adapted model: {}", path);
    }
    ModelCard card =
        new ModelCard(
            config.hub().publish().flatMap(PublishConfig::modelId).orElse(output.getName()),
            config.model().name(),
            ModelCard.knownLicense(config.model().name()),
            datasetName(),
            config.flags(),
            grid.map(picture -> SAMPLES),
            config.validation().prompts());
    byte[] text = card.text().getBytes(StandardCharsets.UTF_8);
    write(new Path(output, "README.md"), out -> out.write(text));
    Path path = new Path(output, PeftAdapterFile.NAME);
    write(path, out -> file().write(values, out));
    LOG.info("Adapter: {}", path);
    events.add(new RunEvent.Finished(Instant.now(), step, path.toString()));
  }

  private RunEvent.RunDescription description() {
    return new RunEvent.RunDescription(
        output.getName(),
        output.toString(),
        config.model().name(),
        config.data().datasetName(),
        inputs.layout().parameters(),
        inputs.layout().modules().size(),
        config.flags(),
        spark.sc().applicationId());
  }

  private static RunEvent prepared(PrepareResult latents) {
    return new RunEvent.Prepared(
        Instant.now(),
        latents.location(),
        latents.samples(),
        latents.badImages(),
        latents.firstBadImages().stream().map(BadImage::text).toList(),
        latents.reused());
  }

  /** As it was given; one of the hub with its commit. */
  private String datasetName() {
    String location = config.data().datasetName();
    return HubUri.isHub(location)
        ? location
        : config.flags().getOrDefault("dataset_name", location);
  }

  private void write(Path path, FileContent content) throws IOException {
    lease.requireHeld();
    StoreFile.of(path, hadoop).replace(content);
  }

  private PeftAdapterFile file() {
    return new PeftAdapterFile(inputs.layout(), config.lora(), config.model().name());
  }
}
