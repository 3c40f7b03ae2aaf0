package org.sparklora.spark;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.ProgressLine;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.history.Utilisation;
import org.sparklora.spark.prepare.LeftOut;
import org.sparklora.spark.prepare.PrepareResult;
import org.sparklora.spark.reduce.Elasticity;
import org.sparklora.spark.reduce.Exchange;
import org.sparklora.spark.reduce.SegmentRunner;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.RecipeFile;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.spark.validation.Validation;
import org.sparklora.spark.validation.ValidationPictures;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.loop.CheckpointSaver;
import org.sparklora.train.loop.LoopListener;
import org.sparklora.train.loop.LoopStart;
import org.sparklora.train.loop.TrainingLoop;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GroupPlan;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.Count;

/** Trains one adapter with all workers. */
final class AdapterTraining implements Training {
  private static final Logger LOG = LoggerFactory.getLogger(AdapterTraining.class);

  private final RunParts parts;
  private final TrainingConfig config;
  private final TrainingData data;
  private final AdapterWorkerFactory factory;
  private volatile Optional<Stop> stop = Optional.empty();

  AdapterTraining(RunParts parts, TrainingData data, AdapterWorkerFactory factory) {
    this.parts = parts;
    this.config = parts.config();
    this.data = data;
    this.factory = factory;
  }

  /** The handles by which another thread ends the training in progress. */
  private record Stop(SegmentRunner runner, CheckpointSaver saver) {}

  @Override
  public void stop() {
    stop.ifPresent(it -> it.runner().stop());
  }

  @Override
  public void stopAndSave() throws IOException {
    if (stop.isPresent()) {
      stop.get().runner().stop();
      stop.get().saver().save();
    }
  }

  @Override
  public void run() throws IOException {
    PrepareResult latents = data.latents();
    long steps = config.length().steps(data.order().epochSlots(), samplesPerStep());
    LearningRateConfig learningRate = config.schedule().over(steps);
    Map<String, String> recipe =
        Recipe.of(
            config,
            parts.output().baseModel(),
            new Path(latents.location()).getName(),
            data.prior().map(images -> new Path(images.cache()).getName()),
            learningRate);
    Checkpoints checkpoints =
        new Checkpoints(parts.hadoop(), parts.output().folder(), parts.output().lease());
    AdapterOptimizer optimizer = optimizer(checkpoints, recipe, learningRate);
    parts.journal().beginWith(latents);
    RecipeFile.write(parts.output().folder(), recipe, parts.hadoop(), parts.output().lease());
    CheckpointSaver.Plan saving =
        new CheckpointSaver.Plan(
            config.checkpoints().checkpointingSteps(),
            config.checkpoints().totalLimit(),
            recipe,
            parts.output().files()::ofCheckpoint);
    List<ValidationPicture> drawn = train(optimizer, steps, checkpoints, saving);
    LOG.info("Writing the adapter");
    Path adapter =
        parts
            .output()
            .finish(optimizer.result(), drawn, LeftOut.lines(parts.inputs().datasets(), latents));
    parts.journal().finished(adapter.toString());
  }

  private List<ValidationPicture> train(
      AdapterOptimizer optimizer, long steps, Checkpoints checkpoints, CheckpointSaver.Plan saving)
      throws IOException {
    try (SegmentRunner runner =
            new SegmentRunner(
                parts.spark(),
                factory,
                config.batch().threadsPerWorker(),
                config.workerTimeoutSeconds(),
                new Exchange(config.exchange()),
                Elasticity.Waits.DEFAULT,
                parts.journal()::incident);
        Validation validation =
            new Validation(
                config.validation().every(),
                config.batch(),
                parts.spark(),
                runner,
                data,
                new ValidationPictures(config, parts.spark(), parts.output()),
                parts.journal().events())) {
      Told told = new Told(runner, optimizer.state().step(), steps);
      CheckpointSaver saver = new CheckpointSaver(checkpoints, saving, optimizer, told);
      TrainingLoop loop = new TrainingLoop(optimizer, steps, runner, saver, validation, told);
      stop = Optional.of(new Stop(runner, saver));
      runner.awaitExecutors(config.batch().microBatches());
      parts.start().mark("executors");
      sayWhatBegins(runner, validation, optimizer.state().step(), steps);
      loop.run();
      told.sayUtilisation();
      return validation.last(loop.toUse());
    }
  }

  private void sayWhatBegins(SegmentRunner runner, Validation validation, long first, long steps) {
    BatchConfig batch = config.batch();
    int workers = runner.workers(batch.microBatches());
    LOG.info(
        "Training {} in {}: {}, {} a step, steps {} to {}, {}",
        Count.of(parts.inputs().layout().parameters(), "parameter"),
        Count.of(parts.inputs().layout().modules().size(), "module"),
        Count.of(data.latents().samples(), "picture"),
        samplesPerStep(),
        first,
        steps,
        Count.of(workers, "worker"));
    if (first >= steps) {
      LOG.warn(
          "Nothing to train: the checkpoint is at step {}, the run ends at step {}", first, steps);
    } else {
      RunAdvice.of(batch, runner.slots(), parts.spark().getConf().get("spark.master"))
          .ifPresent(LOG::warn);
      RunAdvice.ofValidation(
              config, validation.times(first, steps), samplesPerStep(), steps - first)
          .ifPresent(LOG::warn);
      LOG.info("Loading the model on the workers");
    }
    parts.journal().reached(first);
    parts
        .journal()
        .events()
        .add(
            new RunEvent.Training(
                Instant.now(), first, steps, Math.toIntExact(samplesPerStep()), workers));
  }

  /** Reports steps and checkpoints: to the log, the progress line and the journal. */
  private final class Told implements LoopListener {
    private final SegmentRunner runner;
    private final ProgressLine progress;
    private final long first;
    private final long began = System.nanoTime();
    private TimeSplit split = TimeSplit.NONE;
    private double said;

    Told(SegmentRunner runner, long first, long steps) {
      this.runner = runner;
      this.first = first;
      this.progress =
          new ProgressLine(
              System.err, ProgressLine.isTerminal(), steps, Math.toIntExact(samplesPerStep()));
    }

    @Override
    public void onStep(StepResult result, StepTiming timing) {
      progress.onStep(result);
      add(timing.split());
      parts.journal().reached(result.step() + 1);
      parts
          .journal()
          .events()
          .add(
              new RunEvent.Stepped(
                  Instant.now(), result, timing, samplesPerStep() / timing.seconds()));
      if (result.step() == first) {
        runner.markStart(parts.start());
        parts.start().mark("step");
        LOG.info("First step {}", parts.start().text());
      }
    }

    @Override
    public void onSaved(long step, Path folder) {
      sayUtilisation();
      parts.journal().events().add(new RunEvent.Saved(Instant.now(), step, folder.toString()));
    }

    @Override
    public void onPause() {
      progress.paused();
    }

    private synchronized void add(TimeSplit step) {
      split = split.plus(step);
    }

    /** Logs why accelerators were idle, unless nothing was computed since the last such line. */
    synchronized void sayUtilisation() {
      if (split.seconds() > said) {
        said = split.seconds();
        double wall = (System.nanoTime() - began) / 1e9;
        LOG.info("Workers computed {}", Utilisation.text(split, wall));
      }
    }
  }

  private AdapterOptimizer optimizer(
      Checkpoints checkpoints, Map<String, String> recipe, LearningRateConfig learningRate)
      throws IOException {
    GroupPlan groups =
        new GroupPlan(config.rates(), config.optimizer().learningRate(), learningRate);
    LoopStart start =
        new LoopStart(
            config.optimizer(),
            config.batch().precision(),
            config.batch().microBatches(),
            groups.groups(parts.inputs().layout()),
            parts.inputs().layout().modules(),
            recipe);
    Optional<String> wanted = config.checkpoints().resumeFromCheckpoint();
    Optional<Checkpoint> checkpoint =
        wanted.isPresent() ? checkpoints.resume(wanted.get()) : Optional.empty();
    AdapterOptimizer optimizer = start.from(checkpoint, this::initialValues);
    if (checkpoint.isPresent()) {
      LOG.info("Resuming from {}", checkpoint.get().folder());
    } else if (wanted.isPresent()) {
      LOG.info("No checkpoint in {} yet: starting from the beginning", parts.output().folder());
    }
    return optimizer;
  }

  private float[] initialValues() {
    return InitialAdapterFile.values(
        config.trainables(),
        parts.inputs().layout(),
        config.batch().seed(),
        config.model().open(parts.hadoop()),
        parts.hadoop());
  }

  private long samplesPerStep() {
    return (long) config.batch().microBatches() * config.batch().trainBatchSize();
  }
}
