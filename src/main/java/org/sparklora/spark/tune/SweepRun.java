package org.sparklora.spark.tune;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.event.RunEvents;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.run.TrainingOutput;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.spark.subjects.SubjectOutcome;
import org.sparklora.spark.subjects.SubjectPlan;
import org.sparklora.spark.subjects.SubjectTask;
import org.sparklora.spark.subjects.SubjectsRun;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.util.Count;

/**
 * Trains a sweep's trials rung by rung, a Spark job each, and keeps the best adapter. Who goes on
 * depends on losses alone, so it does not matter how many executors there are.
 */
public final class SweepRun {
  private static final Logger LOG = LoggerFactory.getLogger(SweepRun.class);

  private final JavaSparkContext spark;
  private final Sweep sweep;
  private final Map<String, TrialData> encoded;
  private final TrainingOutput output;
  private final RunEvents events;
  private volatile Optional<SubjectsRun> running = Optional.empty();
  private volatile Optional<Standings> known = Optional.empty();
  private volatile long trainedBefore;

  /** Held while the page is written, which a thread that ends the run does, too. */
  private final Object page = new Object();

  private boolean finished;
  private long stepsOfAll;

  private SweepRun(
      JavaSparkContext spark,
      Sweep sweep,
      Map<String, TrialData> encoded,
      TrainingOutput output,
      RunEvents events) {
    this.spark = spark;
    this.sweep = sweep;
    this.encoded = encoded;
    this.output = output;
    this.events = events;
  }

  /**
   * Encodes the pictures of all trials.
   *
   * @param first the data of the first trial, which is encoded already
   * @param output of the sweep
   */
  public static SweepRun prepare(
      JavaSparkContext spark,
      TrialInputs inputs,
      TrainingData first,
      TrainingOutput output,
      RunEvents events) {
    return new SweepRun(spark, inputs.sweep(), inputs.prepare(spark, first), output, events);
  }

  /**
   * Trains to the end.
   *
   * @return the best adapter's file
   */
  public Path run(TrialPlans.Factories factories) throws IOException {
    Map<String, TrialPlan> plans =
        new TrialPlans(encoded, output, hadoop()).of(sweep.trials(), factories);
    Map<String, Long> ends = new TreeMap<>();
    plans.forEach((name, plan) -> ends.put(name, plan.subject().steps()));
    long last = ends.values().stream().mapToLong(steps -> steps).max().orElseThrow();
    Rungs rungs = Rungs.of(last, sweep.trials().size(), sweep.halving());
    Standings standings = new Standings(sweep.trials(), rungs, ends, output.folder(), hadoop());
    if (isResumed()) {
      requireSame(rungs, plans, standings);
    }
    TuneReport.write(output, standings.file(), Map.of());
    known = Optional.of(standings);
    stepsOfAll =
        sweep.halving().isPresent()
            ? rungs.stepsOfAll(sweep.trials().size())
            : ends.values().stream().mapToLong(steps -> steps).sum();
    trainedBefore = standings.steps();
    for (long rung : rungs.steps()) {
      train(rung, plans, standings);
      synchronized (page) {
        tell(rung, rungs, standings.rank(rung), standings);
        TuneReport.write(output, standings.file(), Map.of());
      }
    }
    Trial best = standings.best().orElseThrow();
    Map<Integer, List<ValidationPicture>> pictures =
        new TrialPictures(spark, output, hadoop()).draw(sweep.trials(), standings);
    Path adapter = keep(best, standings, pictures.getOrDefault(best.number(), List.of()));
    synchronized (page) {
      TuneReport.write(output, standings.file(), pictures);
      finished = true;
    }
    LOG.info("Trials: {}", new Path(output.folder(), OutputContents.SWEEP_PAGE));
    return adapter;
  }

  /** Refuses to go on where losses of before could not be compared with new ones. */
  private void requireSame(Rungs rungs, Map<String, TrialPlan> plans, Standings standings)
      throws IOException {
    Path folder = output.folder();
    Optional<TuneFile> earlier = TuneFile.read(folder, hadoop());
    if (earlier.isPresent()) {
      earlier.get().requireRungs(folder, rungs.steps());
    }
    standings.read();
    for (Trial trial : sweep.trials()) {
      standings
          .record(trial)
          .ifPresent(
              record ->
                  Checkpoint.requireSame(
                      new Path(folder, trial.name()).toString(),
                      record.recipe(),
                      plans.get(trial.name()).recipe()));
    }
  }

  private boolean isResumed() {
    return output.config().checkpoints().resumeFromCheckpoint().isPresent();
  }

  private void train(long rung, Map<String, TrialPlan> plans, Standings standings)
      throws IOException {
    List<Trial> left = new ArrayList<>();
    List<String> complete = new ArrayList<>();
    long steps = 0;
    for (Trial trial : standings.goingOn()) {
      if (standings.lossAt(trial, rung).isPresent()) {
        complete.add(trial.name());
        continue;
      }
      left.add(trial);
      long end = Math.min(rung, plans.get(trial.name()).subject().steps());
      steps += end - standings.record(trial).map(TrialRecord::steps).orElse(0L);
    }
    if (!left.isEmpty()) {
      int attempts = SparkSettings.taskAttempts(spark.getConf());
      TrialTraining training = new TrialTraining(plans, rung);
      TrainingConfig config = output.config();
      long run = System.nanoTime();
      SubjectsRun now =
          new SubjectsRun(
              SubjectsRun.Kind.TRIAL,
              spark,
              (counted, outcomes) -> new SubjectTask(run, attempts, training, counted, outcomes),
              config.batch().microBatches() * config.batch().trainBatchSize(),
              config.workerTimeoutSeconds(),
              events);
      running = Optional.of(now);
      List<SubjectOutcome> outcomes =
          now.outcomesOf(
              new SubjectPlan(
                  left.stream().map(trial -> plans.get(trial.name()).subject()).toList(),
                  complete,
                  List.of(),
                  steps),
              trainedBefore,
              stepsOfAll);
      trainedBefore = now.trained();
      running = Optional.empty();
      fail(left, outcomes, standings);
    }
    standings.read();
  }

  private static void fail(List<Trial> trials, List<SubjectOutcome> outcomes, Standings standings) {
    for (Trial trial : trials) {
      outcomes.stream()
          .filter(outcome -> outcome.subject().equals(trial.name()) && outcome.isFailed())
          .forEach(outcome -> standings.failed(trial, outcome.failure()));
    }
    if (standings.goingOn().isEmpty()) {
      throw new IllegalStateException(
          "All "
              + Count.of(trials.size(), "trial")
              + " failed, the first of them: "
              + trials.get(0).text()
              + ": "
              + standings.failure(trials.get(0)).orElse(""));
    }
  }

  private void tell(long rung, Rungs rungs, List<Rungs.Score> ranked, Standings standings) {
    String order =
        ranked.stream()
            .map(score -> String.format(Locale.ROOT, "%d (%.4f)", score.trial(), score.loss()))
            .collect(Collectors.joining(", "));
    String then =
        standings.best().isPresent()
            ? "trial " + standings.best().get().number() + " is the best"
            : standings.goingOn().size() + " of them go on";
    String said =
        String.format(
            Locale.ROOT,
            "Rung %d of %d, step %d: trials by held-out loss: %s; %s",
            rungs.steps().indexOf(rung) + 1,
            rungs.steps().size(),
            rung,
            order,
            then);
    LOG.info("{}", said);
    events.add(new RunEvent.Reached(Instant.now(), trained(), said));
  }

  /** Puts the best adapter, its card and its pictures into the sweep's folder. */
  private Path keep(Trial best, Standings standings, List<ValidationPicture> drawn)
      throws IOException {
    TrialRecord record = standings.record(best).orElseThrow();
    LOG.info("The best is trial {}: {}", best.number(), best.text());
    AdapterLayout layout =
        AdapterWorkerFactory.layout(
            best.config().model().open(hadoop()), best.config().trainables());
    new TrainingOutput(best.config(), layout, output.baseModel(), hadoop(), output.lease())
        .describe(drawn, encoded.get(best.name()).leftOut());
    Path from = new Path(output.folder(), record.adapter());
    output.write(
        new Path(PeftAdapterFile.NAME),
        out -> {
          try (InputStream in = from.getFileSystem(hadoop()).open(from)) {
            in.transferTo(out);
          }
        });
    Path adapter = new Path(output.folder(), PeftAdapterFile.NAME);
    LOG.info("Adapter: {}", adapter);
    return adapter;
  }

  /** Number of steps of all trials that this run has trained so far. */
  public long trained() {
    return running.map(SubjectsRun::trained).orElse(trainedBefore);
  }

  /** Ends training from another thread, and waits until each task has saved its last step. */
  public void stopAndSave() {
    running.ifPresent(SubjectsRun::stopAndSave);
  }

  /** Says on the page that the run ends before its best adapter is kept, if it does. */
  public void ended() {
    try {
      synchronized (page) {
        if (known.isPresent() && !finished) {
          TuneReport.writeStopped(output, known.get().file());
        }
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("The page of the trials does not say that the run has ended: {}", e.getMessage());
    }
  }

  private Configuration hadoop() {
    return output.hadoop();
  }
}
