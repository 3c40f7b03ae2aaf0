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
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.Subjects;
import org.sparklora.hub.publish.HubPublisher;
import org.sparklora.report.RunReport;
import org.sparklora.report.event.RunEvents;
import org.sparklora.report.event.RunListener;
import org.sparklora.report.track.Trackers;
import org.sparklora.spark.reduce.ExecutorLibraries;
import org.sparklora.spark.reduce.LostExecutors;
import org.sparklora.spark.reduce.StartTimes;
import org.sparklora.spark.reduce.WorkersLostException;
import org.sparklora.spark.run.BaseModelIdentity;
import org.sparklora.spark.run.GradientMemory;
import org.sparklora.spark.run.HubInputs;
import org.sparklora.spark.run.TokenCaptions;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingInputs;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.settings.ExecutorMemory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.settings.SparkStart;
import org.sparklora.spark.settings.ToldToEnd;
import org.sparklora.spark.ui.ReportTab;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/** A training run: check, prepare, segments with a checkpoint after each, the adapter. */
public final class TrainingJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainingJob.class);

  /** Seconds that saving the last step may take when the process is told to end. */
  private static final long SAVE_SECONDS = 10;

  private final RunParts parts;
  private volatile Optional<Training> training = Optional.empty();

  private TrainingJob(RunParts parts) {
    this.parts = parts;
  }

  /**
   * Runs to the end.
   *
   * @throws InvalidInputException when an input cannot be used
   * @throws WorkersLostException when the workers are gone
   * @throws org.sparklora.hub.publish.PublishException when everything is done except publishing,
   *     which failed
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
            .with(InitialAdapterFile.pin(given.trainables(), hadoop));
    LOG.info("Checking model, data and output folder");
    TrainingInputs inputs = TrainingInputs.check(config, hadoop);
    GradientMemory.require(
        inputs.unet(),
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
      SparkConf settings,
      Configuration hadoop,
      TrainingInputs inputs,
      OutputLease lease,
      StartTimes start,
      AtomicReference<JavaSparkContext> running)
      throws IOException {
    LOG.info("Starting Spark: {}", settings.get("spark.master"));
    try (JavaSparkContext spark = SparkStart.open(settings)) {
      // When another run has taken over, this run loses all its workers, because they have nothing
      // to compute for.
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
        String base = BaseModelIdentity.of(config.model(), hadoop);
        TrainingOutput output = new TrainingOutput(config, inputs.layout(), base, hadoop, lease);
        RunJournal journal = new RunJournal(events, output, spark.sc()::applicationId);
        TrainingJob job =
            new TrainingJob(new RunParts(config, spark, inputs, output, journal, start));
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

  /**
   * The listeners. The report comes first, because a process that is told to end may have little
   * time.
   */
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
      prepareAndTrain();
    } catch (IOException | RuntimeException | Error e) {
      ToldToEnd.awaitEnd();
      parts.journal().failed(e);
      throw e;
    }
  }

  private void prepareAndTrain() throws IOException {
    RunJournal journal = parts.journal();
    parts.spark().sc().addSparkListener(new LostExecutors(journal::incident));
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

  private Training training(TrainingData data) {
    AdapterWorkerFactory factory = factory(data);
    Optional<Subjects> subjects = parts.inputs().dataset().subjects();
    return subjects.isPresent()
        ? new SubjectsTraining(parts, subjects.get().names(), data.latents(), factory)
        : new AdapterTraining(parts, data, factory);
  }

  private AdapterWorkerFactory factory(TrainingData data) {
    TrainingConfig config = parts.config();
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
   * Saves the last step within a time limit, because whoever told the process to end may not wait
   * long.
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
