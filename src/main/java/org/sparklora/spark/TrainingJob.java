package org.sparklora.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.row.BadImage;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.Subjects;
import org.sparklora.hub.publish.HubPublisher;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.report.ProgressLine;
import org.sparklora.report.RunReport;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.event.RunEvents;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.track.Trackers;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.reduce.Elasticity;
import org.sparklora.spark.reduce.ExecutorLibraries;
import org.sparklora.spark.reduce.LostExecutors;
import org.sparklora.spark.reduce.SegmentRunner;
import org.sparklora.spark.reduce.StartTimes;
import org.sparklora.spark.reduce.WorkersLostException;
import org.sparklora.spark.run.BaseModelIdentity;
import org.sparklora.spark.run.CheckpointSaver;
import org.sparklora.spark.run.EarlyRecipe;
import org.sparklora.spark.run.GradientMemory;
import org.sparklora.spark.run.HubInputs;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.RecipeFile;
import org.sparklora.spark.run.TokenCaptions;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.SparkStart;
import org.sparklora.spark.settings.ToldToEnd;
import org.sparklora.spark.subjects.SubjectPlan;
import org.sparklora.spark.subjects.SubjectTask;
import org.sparklora.spark.subjects.SubjectTraining;
import org.sparklora.spark.subjects.SubjectsRun;
import org.sparklora.spark.ui.ReportTab;
import org.sparklora.spark.validation.Validation;
import org.sparklora.spark.validation.ValidationPictures;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.StartingAdapter;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.tensor.Precision;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GroupPlan;
import org.sparklora.train.step.LearningRateConfig;
import org.sparklora.train.step.ParameterGroup;
import org.sparklora.train.step.StepListener;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/** A training run: check, prepare, segments with a checkpoint after each, the adapter. */
public final class TrainingJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingJob.class);

  /** What saving the last step may take when the process is told to end. */
  private static final long SAVE_SECONDS = 10;

  private final TrainingConfig config;
  private final JavaSparkContext spark;
  private final Configuration hadoop;
  private final TrainingInputs inputs;
  private final TrainingOutput output;
  private final OutputLease lease;
  private final RunEvents events;
  private final StartTimes start;
  private volatile long step;
  private volatile boolean begun;
  private volatile LastStep lastStep = () -> {};

  private TrainingJob(
      TrainingConfig config,
      JavaSparkContext spark,
      TrainingInputs inputs,
      OutputLease lease,
      RunEvents events,
      StartTimes start)
      throws IOException {
    this.start = start;
    this.config = config;
    this.spark = spark;
    this.hadoop = spark.hadoopConfiguration();
    this.inputs = inputs;
    this.output =
        new TrainingOutput(
            config, inputs.layout(), BaseModelIdentity.of(config.model(), hadoop), hadoop, lease);
    this.lease = lease;
    this.events = events;
  }

  /**
   * Runs to the end.
   *
   * @throws InvalidInputException when something given cannot be worked with
   * @throws WorkersLostException when the workers are gone
   * @throws org.sparklora.hub.publish.PublishException when all is done but what was to be
   *     published is not
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
        given
            .with(pinned.model(), pinned.data(), publisher.map(HubPublisher::id))
            .with(StartingAdapter.pin(given.trainables(), hadoop));
    LOG.info("Checking model, data and output folder");
    TrainingInputs inputs = TrainingInputs.check(config, hadoop);
    GradientMemory.require(
        NetworkLoader.unetConfig(
            ModelFolder.open(config.model().location(), hadoop, config.model().variant())),
        config.batch(),
        config.data().resolution(),
        ExecutorMemory.ofAWorker(settings, config.batch().microBatches()));
    AtomicReference<JavaSparkContext> running = new AtomicReference<>();
    try (OutputLease lease =
        OutputLease.acquire(
            hadoop,
            new Path(config.outputDir()),
            Holder.current(settings.get("spark.app.name")),
            () -> Optional.ofNullable(running.get()).ifPresent(JavaSparkContext::stop))) {
      start.mark("checks");
      run(config, settings, hadoop, inputs, lease, start, running);
      publisher.ifPresent(to -> to.publishTrained("Adapter trained with spark-lora"));
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
    SparkConf settings = SparkSettings.forTraining(config.master(), config.batch());
    SparkSettings.shareHub(settings, config.hub().cacheDir());
    config.prior().ifPresent(prior -> SparkSettings.requireSupport(prior.precision(), settings));
    SparkSettings.nameAfter(config.outputDir(), settings);
    return settings;
  }

  private static void run(
      TrainingConfig config,
      SparkConf settings,
      Configuration hadoop,
      TrainingInputs inputs,
      OutputLease lease,
      StartTimes start,
      AtomicReference<JavaSparkContext> running)
      throws IOException {
    LOG.info("Starting Spark: {}", settings.get("spark.master"));
    try (JavaSparkContext spark = SparkStart.open(settings)) {
      // The workers of a run that was taken over have nothing to compute for: it loses them all.
      running.set(spark);
      if (lease.isLost()) {
        lease.requireHeld();
      }
      start.mark("Spark");
      LOG.info("Waiting for executors");
      ExecutorLibraries.require(spark, config.workerTimeoutSeconds());
      inputs.earlier().makeRoom(config, hadoop, lease);
      try (RunEvents events =
          new RunEvents(listeners(config, spark, hadoop, inputs.dataset(), lease))) {
        TrainingJob job = new TrainingJob(config, spark, inputs, lease, events, start);
        LastWords lastWords = new LastWords(job::killed);
        try {
          job.run();
        } finally {
          lastWords.remove();
        }
      }
    } catch (Exception e) {
      if (lease.isLost()) {
        lease.requireHeld(); // says why there is no Spark any more
      }
      throw e;
    }
  }

  /** The report comes first: a process that is told to end may have little time. */
  private static List<RunListener> listeners(
      TrainingConfig config,
      JavaSparkContext spark,
      Configuration hadoop,
      ImageDataset dataset,
      OutputLease lease) {
    List<RunListener> trackers = Trackers.of(config.tracking(), hadoop, System.getenv());
    RunReport report =
        RunReport.open(
            new Path(config.outputDir()),
            hadoop,
            lease,
            RunFacts.of(config, spark, dataset),
            System.err);
    ReportTab.attach(spark, report);
    List<RunListener> listeners = new ArrayList<>(List.of(report));
    listeners.addAll(trackers);
    return listeners;
  }

  private void run() throws IOException {
    try {
      train();
    } catch (IOException | RuntimeException | Error e) {
      ToldToEnd.awaitEnd();
      if (begun) {
        events.add(new RunEvent.Failed(Instant.now(), step, FirstCause.of(e)));
      }
      throw e;
    }
  }

  /** Ends training, and saves the last step that was completed. */
  private interface LastStep {
    void save() throws IOException;
  }

  private void killed() {
    ToldToEnd.silenceSpark();
    if (begun) {
      saveLastStep();
      events.add(new RunEvent.Killed(Instant.now(), step));
    }
    events.close();
    lease.close();
    ToldToEnd.silenceAll();
  }

  /** Within reason: who told the process to end may not wait for long. */
  private void saveLastStep() {
    CompletableFuture<Void> saved =
        CompletableFuture.runAsync(
            () -> {
              try {
                lastStep.save();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try {
      saved.get(SAVE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("The last step is not saved: {}", FirstCause.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** From here on the report is this attempt's: what was there before is changed by it. */
  private void begin() {
    begun = true;
    events.add(new RunEvent.Started(Instant.now(), description()));
    LOG.info("Report: {}", report());
  }

  /** Begins where that had to wait for what the latents tell. */
  private void beginWith(PrepareResult latents) {
    if (!begun) {
      begin();
      events.add(prepared(latents));
    }
  }

  private void incident(String what) {
    if (!begun) {
      return;
    }
    events.add(new RunEvent.Incident(Instant.now(), step, what));
  }

  private void train() throws IOException {
    BatchConfig batch = config.batch();
    spark.sc().addSparkListener(new LostExecutors(this::incident));
    if (inputs.earlier().isCertain()) {
      begin();
    }
    TrainingData data = TrainingData.prepare(spark, config, inputs);
    PrepareResult latents = data.latents();
    if (begun) {
      events.add(prepared(latents));
    }
    TokenCaptions.require(config, latents.location(), hadoop);
    start.mark("latents");
    AdapterWorkerFactory factory = factory(data);
    if (inputs.dataset().subjects().isPresent()) {
      trainSubjects(factory, latents, inputs.dataset().subjects().get());
      return;
    }
    long samplesPerStep = (long) batch.microBatches() * batch.trainBatchSize();
    long steps = config.length().steps(data.order().epochSlots(), samplesPerStep);
    LearningRateConfig learningRate = config.schedule().over(steps);
    Map<String, String> recipe =
        Recipe.of(
            config,
            output.baseModel(),
            new Path(latents.location()).getName(),
            data.prior().map(images -> new Path(images.cache()).getName()),
            learningRate);
    Checkpoints checkpoints = new Checkpoints(hadoop, output.folder(), lease);
    AdapterOptimizer optimizer = optimizer(checkpoints, recipe, learningRate);
    beginWith(latents);
    RecipeFile.write(output.folder(), recipe, hadoop, lease);
    CheckpointSaver saver =
        new CheckpointSaver(
            checkpoints, config.checkpoints().totalLimit(), optimizer, recipe, output, events);
    ValidationPictures pictures = new ValidationPictures(config, spark, output);
    List<ValidationPicture> drawn;
    try (SegmentRunner runner =
            new SegmentRunner(
                spark,
                factory,
                batch.threadsPerWorker(),
                config.workerTimeoutSeconds(),
                Elasticity.Waits.DEFAULT,
                this::incident);
        Validation validation =
            new Validation(
                config.validation().every(), batch, spark, runner, data, pictures, events)) {
      lastStep =
          () -> {
            runner.stop();
            saver.save();
          };
      runner.awaitExecutors(batch.microBatches());
      start.mark("executors");
      LOG.info(
          "Training {} parameters in {} modules: {} pictures, {} a step, steps {} to {}, {}"
              + " workers",
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
      long first = optimizer.state().step();
      if (first < steps) {
        RunAdvice.of(batch, runner.slots(), spark.getConf().get("spark.master"))
            .ifPresent(LOG::warn);
        RunAdvice.ofValidation(
                config, validation.times(first, steps), samplesPerStep, steps - first)
            .ifPresent(LOG::warn);
        LOG.info("Loading the model on the workers");
      }
      step = first;
      events.add(
          new RunEvent.Training(
              Instant.now(),
              step,
              steps,
              Math.toIntExact(samplesPerStep),
              runner.workers(batch.microBatches())));
      StepListener listener =
          (result, timing) -> {
            progress.onStep(result);
            step = result.step() + 1;
            events.add(
                new RunEvent.Stepped(
                    Instant.now(), result, timing, samplesPerStep / timing.seconds()));
            if (result.step() == first) {
              runner.markStart(start);
              start.mark("step");
              LOG.info("First step {}", start.text());
            }
          };
      if (step == 0) {
        validation.first(toUse(optimizer));
      }
      while (optimizer.state().step() < steps) {
        long due = validation.after(optimizer.state().step());
        long end = Math.min(segmentEnd(optimizer.state().step(), steps), due);
        runner.run(optimizer, end, listener);
        progress.paused();
        if (end == steps) {
          optimizer.requireSound();
        }
        if (end % config.checkpoints().checkpointingSteps() == 0) {
          saver.save();
        }
        if (end == due && end < steps) {
          validation.at(toUse(optimizer));
        }
      }
      drawn = validation.last(toUse(optimizer));
    }
    LOG.info("Writing the adapter");
    Path adapter = output.finish(optimizer.result(), drawn);
    events.add(new RunEvent.Finished(Instant.now(), step, adapter.toString()));
    LOG.info("Report: {}", report());
  }

  private Path report() {
    return new Path(output.folder(), RunReport.PAGE);
  }

  private AdapterWorkerFactory factory(TrainingData data) {
    return new AdapterWorkerFactory(
        new SerializableConfiguration(hadoop),
        config.model(),
        config.batch(),
        config.trainables(),
        config.rates().modulesFrom(),
        AdapterWorkerFactory.Objectives.of(config.objective()),
        data.latents().location(),
        data.prior().stream().toList(),
        config.data().captionDropoutRate(),
        config.data().captions(),
        data.heldOut());
  }

  private void trainSubjects(AdapterWorkerFactory factory, PrepareResult latents, Subjects subjects)
      throws IOException {
    SubjectPlan plan =
        new SubjectPlan.Planner(config, factory, output, hadoop).of(subjects.names());
    beginWith(latents);
    RecipeFile.write(
        output.folder(), EarlyRecipe.of(config, inputs.dataset(), hadoop).known(), hadoop, lease);
    int attempts = SparkSettings.taskAttempts(spark.getConf());
    SubjectTraining training = SubjectTraining.of(factory, config);
    SubjectsRun run =
        new SubjectsRun(
            spark,
            (steps, outcomes) ->
                new SubjectTask(System.nanoTime(), attempts, training, steps, outcomes),
            config.batch().microBatches() * config.batch().trainBatchSize(),
            config.workerTimeoutSeconds(),
            events);
    try {
      run.run(plan);
    } finally {
      step = run.trained();
    }
    events.add(new RunEvent.Finished(Instant.now(), step, output.folder().toString()));
  }

  private AdapterOptimizer optimizer(
      Checkpoints checkpoints, Map<String, String> recipe, LearningRateConfig learningRate)
      throws IOException {
    Precision precision = config.batch().precision();
    int microBatches = config.batch().microBatches();
    AdapterLayout layout = inputs.layout();
    List<ParameterGroup> groups =
        new GroupPlan(config.rates(), config.optimizer().learningRate(), learningRate)
            .groups(layout);
    Optional<String> wanted = config.checkpoints().resumeFromCheckpoint();
    Optional<Checkpoint> checkpoint =
        wanted.isPresent() ? checkpoints.resume(wanted.get()) : Optional.empty();
    if (checkpoint.isPresent()) {
      checkpoint.get().requireSame(recipe);
      LOG.info("Resuming from {}", checkpoint.get().folder());
      return AdapterOptimizer.resume(
          config.optimizer(), precision, microBatches, groups, checkpoint.get().state());
    }
    if (wanted.isPresent()) {
      LOG.info("No checkpoint in {} yet: starting from the beginning", output.folder());
    }
    return new AdapterOptimizer(
        config.optimizer(),
        precision,
        microBatches,
        groups,
        StartingAdapter.values(
            config.trainables(),
            layout,
            config.batch().seed(),
            ModelFolder.open(config.model().location(), hadoop, config.model().variant()),
            hadoop));
  }

  /** What the adapter would be if the run ended now. */
  private static AdapterState toUse(AdapterOptimizer optimizer) {
    AdapterState state = optimizer.state();
    return new AdapterState(state.step(), state.lossScale(), optimizer.result());
  }

  private long segmentEnd(long step, long steps) {
    long every = config.checkpoints().checkpointingSteps();
    return Math.min(steps, (step / every + 1) * every);
  }

  private RunEvent.RunDescription description() {
    return new RunEvent.RunDescription(
        output.folder().getName(),
        output.folder().toString(),
        config.model().place(),
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
}
