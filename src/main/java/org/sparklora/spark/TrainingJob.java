package org.sparklora.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.Subjects;
import org.sparklora.hub.publish.HubPublisher;
import org.sparklora.model.BaseModelIdentity;
import org.sparklora.model.ModelCheck;
import org.sparklora.report.RunReport;
import org.sparklora.report.event.RunEvents;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.track.Trackers;
import org.sparklora.spark.failure.ExecutorLibraries;
import org.sparklora.spark.failure.LostExecutors;
import org.sparklora.spark.failure.RunCancelledException;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.spark.reduce.StartTimes;
import org.sparklora.spark.run.HubInputs;
import org.sparklora.spark.run.SubjectMemory;
import org.sparklora.spark.run.TokenCaptions;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.ToldToEnd;
import org.sparklora.spark.tune.Sweep;
import org.sparklora.spark.tune.TrialInputs;
import org.sparklora.spark.ui.ReportTab;
import org.sparklora.spark.ui.RunMetrics;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.CaptionEncoding;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.store.FolderProbe;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.train.GradientMemory;
import org.sparklora.util.Findings;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/** A training run: check, prepare, segments with a checkpoint after each, the adapter. */
public final class TrainingJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingJob.class);

  /** Seconds that saving the last step may take when the process gets a signal to end. */
  private static final long SAVE_SECONDS = 10;

  private final RunParts parts;
  private final Optional<TrialInputs> sweep;
  private volatile Optional<Training> training = Optional.empty();

  private TrainingJob(RunParts parts, Optional<TrialInputs> sweep) {
    this.parts = parts;
    this.sweep = sweep;
  }

  /**
   * Runs to the end, on a Spark that is started for it.
   *
   * @throws InvalidInputException when an input cannot be used
   * @throws WorkersLostException when the workers are gone
   * @throws org.sparklora.hub.publish.PublishException when everything is done except publishing,
   *     which failed
   */
  public static void run(TrainingConfig given) {
    run(given, Optional.empty());
  }

  /**
   * As {@link #run(TrainingConfig)}, for many recipes on the same data, of which the best is kept.
   *
   * @param given what the trials have in common
   */
  public static void run(TrainingConfig given, Sweep sweep) {
    run(sweep.run(given), Optional.of(sweep));
  }

  private static void run(TrainingConfig given, Optional<Sweep> sweep) {
    StartTimes start = StartTimes.sinceSubmit();
    start.mark("Java");
    try (RunSpark cluster = RunSpark.ofItsOwn(settings(given))) {
      run(onTable(given, Optional.empty(), cluster), sweep, cluster, start);
    }
  }

  /**
   * As {@link #run(TrainingConfig)}, in the caller's session, which goes on afterwards.
   *
   * @param rows to train on; empty for the data set that the configuration names
   */
  public static void run(TrainingConfig given, SparkSession callers, Optional<Dataset<Row>> rows) {
    StartTimes start = StartTimes.sinceSubmit();
    SparkContext spark = callers.sparkContext();
    SparkSettings.requireForTraining(spark.getConf(), given.batch());
    SparkSettings.shareHub(spark.hadoopConfiguration(), given.hub().cacheDir());
    try (RunSpark cluster = RunSpark.of(callers)) {
      run(onTable(given, rows, cluster), Optional.empty(), cluster, start);
    }
  }

  /** The same configuration on a copy of its table, if it names one. */
  private static TrainingConfig onTable(
      TrainingConfig given, Optional<Dataset<Row>> rows, RunSpark cluster) {
    if (given.data().table().isEmpty()) {
      return given;
    }
    TableData copied =
        TableData.copy(
            given.data(),
            rows,
            cluster,
            TrainingData.cacheFolder(given),
            findings -> checkWithoutData(given, findings, cluster.hadoop()));
    return given.onCopy(copied.data(), copied.read());
  }

  /** Checks what can be checked before a table is read, which may take long. */
  private static void checkWithoutData(
      TrainingConfig given, Findings findings, Configuration hadoop) {
    findings
        .collect(() -> HubInputs.model(given.model(), hadoop))
        .flatMap(model -> findings.collect(() -> model.open(hadoop)))
        .ifPresent(folder -> ModelCheck.of(folder, findings));
    findings.check(() -> FolderProbe.write("--output_dir", given.outputDir(), hadoop));
  }

  private static void run(
      TrainingConfig given, Optional<Sweep> wanted, RunSpark cluster, StartTimes start) {
    SparkConf settings = cluster.settings();
    Configuration hadoop = cluster.hadoop();
    HubInputs pinned = HubInputs.pin(given.model(), given.data(), hadoop);
    Optional<HubPublisher> publisher =
        given.hub().publish().map(publish -> HubPublisher.open(publish, given.outputDir(), hadoop));
    TrainingConfig onHub =
        given
            .with(pinned.model(), pinned.data(), publisher.map(HubPublisher::id))
            .with(InitialAdapterFile.pin(given.trainables(), hadoop));
    TrainingConfig config = pinned.family().map(onHub::on).orElse(onHub);
    LOG.info("Checking model, data and output folder");
    TrainingInputs inputs = TrainingInputs.check(config, hadoop, ExecutorMemory.ofATask(settings));
    inputs.datasets().forEach(dataset -> EncodeRoom.require(dataset, settings));
    Optional<TrialInputs> sweep =
        wanted.map(
            search -> TrialInputs.check(search.on(config, hadoop), inputs, settings, hadoop));
    inputs
        .subjects()
        .ifPresent(
            subjects ->
                SubjectMemory.require(
                    inputs.layout(),
                    ExecutorMemory.heap(settings, Runtime.getRuntime().maxMemory()),
                    ExecutorMemory.tasksAtOnce(settings),
                    subjects.names().size()));
    GradientMemory.require(
        inputs.unet(),
        config.batch(),
        config.data().largestResolution(),
        ExecutorMemory.ofAWorker(settings, config.batch().microBatches()));
    AtomicReference<Runnable> giveUp = new AtomicReference<>(() -> {});
    try (OutputLease lease =
        OutputLease.acquire(
            hadoop,
            new Path(config.outputDir()),
            Holder.current(settings.get("spark.app.name")),
            () -> giveUp.get().run())) {
      start.mark("checks");
      if (sweep.isPresent() && config.checkpoints().resumeFromCheckpoint().isPresent()) {
        sweep.get().sweep().requireSame(new Path(config.outputDir()), hadoop);
      }
      run(config, sweep, cluster, hadoop, inputs, lease, start, giveUp);
      publisher.ifPresent(to -> to.publishTrained("Adapter trained with spark-lora"));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot go on: " + e.getMessage(), e);
    }
  }

  /**
   * Checks only Spark's settings, not model and data.
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
      Optional<TrialInputs> sweep,
      RunSpark cluster,
      Configuration hadoop,
      TrainingInputs inputs,
      OutputLease lease,
      StartTimes start,
      AtomicReference<Runnable> giveUp)
      throws IOException {
    if (!cluster.isCallers()) {
      LOG.info("Starting Spark: {}", cluster.settings().get("spark.master"));
    }
    try (cluster) {
      JavaSparkContext spark = cluster.open();
      // When another run has taken over the output folder, this run ends all its workers, because
      // their results could not be written.
      giveUp.set(cluster::abandon);
      if (lease.isLost()) {
        lease.requireHeld();
      }
      start.mark("Spark");
      LOG.info("Waiting for executors");
      ExecutorLibraries.require(spark, config.workerTimeoutSeconds());
      inputs.earlier().makeRoom(config, hadoop, lease);
      try (RunEvents events =
          new RunEvents(listeners(config, cluster, hadoop, inputs.datasets(), lease))) {
        String base = BaseModelIdentity.of(config.model(), hadoop);
        TrainingOutput output = new TrainingOutput(config, inputs.layout(), base, hadoop, lease);
        RunJournal journal = new RunJournal(events, output, spark.sc()::applicationId);
        TrainingJob job =
            new TrainingJob(new RunParts(config, spark, inputs, output, journal, start), sweep);
        giveUp.set(
            () -> {
              job.training.ifPresent(Training::stop);
              cluster.abandon();
            });
        LastWords lastWords = new LastWords(job::killed);
        try {
          job.run();
        } finally {
          lastWords.remove();
        }
      }
    } catch (Exception e) {
      if (lease.isLost()) {
        lease.requireHeld(); // if another run took over, this is why Spark is gone
      }
      throw e;
    }
  }

  /**
   * Makes the listeners. The report comes first, because a process that got a signal to end may
   * have little time.
   */
  private static List<RunListener> listeners(
      TrainingConfig config,
      RunSpark cluster,
      Configuration hadoop,
      List<ImageDataset> datasets,
      OutputLease lease) {
    List<RunListener> trackers = Trackers.of(config.tracking(), hadoop, System.getenv());
    RunReport report =
        RunReport.open(
            new Path(config.outputDir()),
            hadoop,
            lease,
            RunFacts.of(config, cluster.open(), datasets, cluster.isCallers()),
            System.err);
    ReportTab.attach(cluster.open(), report);
    List<RunListener> listeners = new ArrayList<>(List.of(report));
    listeners.addAll(trackers);
    RunMetrics.of(cluster.open()).ifPresent(listeners::add);
    return listeners;
  }

  private void run() throws IOException {
    try {
      prepareAndTrain();
    } catch (RunCancelledException e) {
      ToldToEnd.awaitEnd();
      training.ifPresent(TrainingJob::saveLastStep);
      parts.journal().killed();
      throw e;
    } catch (IOException | RuntimeException | Error e) {
      ToldToEnd.awaitEnd();
      parts.journal().failed(e);
      throw e;
    }
  }

  private void prepareAndTrain() throws IOException {
    LostExecutors lost = new LostExecutors(parts.journal()::incident);
    parts.spark().sc().addSparkListener(lost);
    try {
      prepareThenTrain();
    } finally {
      parts.spark().sc().removeSparkListener(lost);
    }
  }

  private void prepareThenTrain() throws IOException {
    RunJournal journal = parts.journal();
    if (parts.inputs().earlier().isCertain()) {
      journal.begin();
    }
    TrainingData data = TrainingData.prepare(parts.spark(), parts.config(), parts.inputs());
    if (journal.hasBegun()) {
      journal.prepared(data.latents());
    }
    TokenCaptions.require(parts.config(), data.latents().location(), parts.hadoop());
    parts.start().mark("latents");
    Training one = training(data);
    training = Optional.of(one);
    one.run();
  }

  private Training training(TrainingData data) throws IOException {
    if (sweep.isPresent()) {
      return new SweepTraining(parts, sweep.get(), data, this::factory);
    }
    AdapterWorkerFactory factory = factory(parts.config(), data);
    Optional<Subjects> subjects = parts.inputs().subjects();
    return subjects.isPresent()
        ? new SubjectsTraining(parts, subjects.get().names(), data.latents(), factory)
        : new AdapterTraining(parts, data, factory);
  }

  private AdapterWorkerFactory factory(TrainingConfig config, TrainingData data)
      throws IOException {
    AdapterWorkerFactory factory = plainFactory(config, data);
    if (!config.places().cacheCaptions()) {
      return factory;
    }
    int slots =
        parts
            .spark()
            .sc()
            .maxNumConcurrentTasks(
                parts.spark().sc().resourceProfileManager().defaultResourceProfile());
    return CaptionEncoding.prepare(
        parts.spark(), factory, parts.output().baseModel(), Math.max(1, slots));
  }

  private AdapterWorkerFactory plainFactory(TrainingConfig config, TrainingData data) {
    return new AdapterWorkerFactory(
        new SerializableConfiguration(parts.hadoop()),
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

  private void killed() {
    ToldToEnd.silenceSpark();
    if (parts.journal().hasBegun()) {
      training.ifPresent(TrainingJob::saveLastStep);
    }
    parts.journal().killed();
    parts.output().lease().close();
    ToldToEnd.silenceAll();
  }

  /**
   * Saves the last step within a time limit, because a process that got a signal is soon killed.
   */
  private static void saveLastStep(Training training) {
    CompletableFuture<Void> saved =
        CompletableFuture.runAsync(
            () -> {
              try {
                training.stopAndSave();
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
}
