package org.sparklora.spark.subjects;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.run.AdapterFiles;
import org.sparklora.spark.run.FinishedSubject;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.worker.AdapterWorker;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.InitialAdapterFile;
import org.sparklora.store.Fence;
import org.sparklora.store.FileContent;
import org.sparklora.store.StoreFile;
import org.sparklora.train.LoraGradientComputer;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.loop.CheckpointSaver;
import org.sparklora.train.loop.LocalSteps;
import org.sparklora.train.loop.LoopListener;
import org.sparklora.train.loop.LoopStart;
import org.sparklora.train.loop.Milestones;
import org.sparklora.train.loop.TrainingLoop;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/**
 * Trains a subject from its first step, or its last checkpoint, to its adapter, in one thread. The
 * adapter has the bytes of a run that trains this subject alone. So it is with a trial, a recipe
 * among others on the same data.
 *
 * @param ema at most one
 * @param weightNorm {@code --scale_weight_norms}; at most one
 * @param gradientType {@code --exchange_dtype}
 * @param checkpointingSteps {@code --checkpointing_steps}
 * @param totalLimit {@code --checkpoints_total_limit}; at most one
 */
public record SubjectTraining(
    AdapterWorkerFactory factory,
    double learningRate,
    double maxGradNorm,
    UpdateRuleConfig rule,
    List<EmaConfig> ema,
    List<Double> weightNorm,
    GradientType gradientType,
    long checkpointingSteps,
    List<Integer> totalLimit)
    implements SubjectTask.Trainer {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(SubjectTraining.class);

  /** Number of losses that are averaged at the end. */
  private static final int LOSSES = 100;

  public static SubjectTraining of(AdapterWorkerFactory factory, TrainingConfig config) {
    OptimizerConfig optimizer = config.optimizer();
    return new SubjectTraining(
        factory,
        optimizer.learningRate(),
        optimizer.maxGradNorm(),
        optimizer.rule(),
        optimizer.ema().stream().toList(),
        optimizer.weightNorm().stream().toList(),
        config.exchange().dtype(),
        config.checkpoints().checkpointingSteps(),
        config.checkpoints().totalLimit().stream().boxed().toList());
  }

  /**
   * Steps that are taken without looking up.
   *
   * @param computer of gradients, on the worker's model; it is closed with the worker
   * @param until the first step that is not taken
   * @param milestones steps at which the adapter is looked at
   */
  public record Leg(LoraGradientComputer computer, long until, Milestones milestones) {}

  /**
   * Where a leg has ended.
   *
   * @param loss mean over the last steps
   */
  public record Reached(
      AdapterOptimizer optimizer, CheckpointSaver saver, AdapterFiles files, double loss) {}

  @Override
  public AdapterWorkerFactory factory(Subject subject) {
    return factory;
  }

  /** Trains to the end. */
  @Override
  public SubjectOutcome train(
      AdapterWorker worker, Subject subject, Fence fence, SubjectTask.Watch watch)
      throws IOException {
    LoraGradientComputer computer =
        factory.computer(worker, factory.openLatents(), subject.samples().orElseThrow());
    Reached end =
        take(worker, subject, new Leg(computer, subject.steps(), Milestones.NONE), fence, watch);
    finish(subject, end.files().of(end.optimizer().result()), fence);
    return new SubjectOutcome(
        subject.name(), end.optimizer().state().step(), end.loss(), subject.folder(), "");
  }

  /**
   * Takes steps from the last checkpoint on. A task that is told to end saves its last step, so
   * that the next one goes on from it.
   *
   * @param fence asked before anything is written
   * @throws InvalidInputException when a checkpoint cannot be resumed
   * @throws org.sparklora.train.step.TrainingDivergedException when no gradient is finite
   */
  public Reached take(
      AdapterWorker worker, Subject subject, Leg leg, Fence fence, SubjectTask.Watch watch)
      throws IOException {
    Checkpoints checkpoints =
        new Checkpoints(factory.hadoop().value(), new Path(subject.folder()), fence);
    AdapterOptimizer optimizer = optimizer(worker, subject, checkpoints);
    AdapterFiles files =
        new AdapterFiles(
            worker.layout(),
            factory.trainables(),
            subject.recipe().get(Recipe.BASE_MODEL),
            factory.model().place());
    Deque<Double> losses = new ArrayDeque<>();
    LoopListener listener =
        (result, timing) -> {
          losses.add(result.loss());
          if (losses.size() > LOSSES) {
            losses.remove();
          }
          watch.onStep(result);
        };
    CheckpointSaver saver =
        new CheckpointSaver(checkpoints, saving(subject, files), optimizer, listener);
    try {
      new TrainingLoop(
              optimizer,
              leg.until(),
              new LocalSteps(leg.computer(), gradientType),
              saver,
              leg.milestones(),
              listener)
          .run();
    } catch (IOException | RuntimeException e) {
      if (watch.isToldToEnd()) {
        saveLastStep(subject, saver, e);
      }
      throw e;
    }
    return new Reached(
        optimizer,
        saver,
        files,
        losses.stream().mapToDouble(loss -> loss).average().orElse(Double.NaN));
  }

  private static void saveLastStep(Subject subject, CheckpointSaver saver, Exception end) {
    Thread.interrupted(); // Spark's, which would break off what is written now
    try {
      saver.save();
    } catch (IOException | RuntimeException e) {
      LOG.warn("The last step of {} is not saved: {}", subject.name(), FirstCause.of(e));
      end.addSuppressed(e);
    }
  }

  private CheckpointSaver.Plan saving(Subject subject, AdapterFiles files) {
    return new CheckpointSaver.Plan(
        checkpointingSteps,
        totalLimit.stream().mapToInt(limit -> limit).findFirst(),
        subject.recipe(),
        files::ofCheckpoint);
  }

  private AdapterOptimizer optimizer(AdapterWorker worker, Subject subject, Checkpoints checkpoints)
      throws IOException {
    LoopStart start =
        new LoopStart(
            new OptimizerConfig(
                learningRate,
                maxGradNorm,
                rule,
                ema.stream().findFirst(),
                weightNorm.stream().findFirst()),
            factory.batch().precision(),
            factory.batch().microBatches(),
            subject.groups(),
            worker.layout().modules(),
            subject.recipe());
    Optional<Checkpoint> checkpoint = newest(checkpoints, subject);
    checkpoint.ifPresent(there -> LOG.info("{} goes on from {}", subject.name(), there.folder()));
    return start.from(
        checkpoint,
        () ->
            InitialAdapterFile.values(
                factory.trainables(),
                worker.layout(),
                factory.batch().seed(),
                worker.base(),
                factory.hadoop().value()));
  }

  /** The newest complete checkpoint that is not another run's. */
  private static Optional<Checkpoint> newest(Checkpoints checkpoints, Subject subject)
      throws IOException {
    List<Path> folders = new ArrayList<>(checkpoints.list());
    Collections.reverse(folders);
    for (Path folder : folders) {
      if (!subject.others().contains(folder.getName())) {
        try {
          return Optional.of(checkpoints.load(folder));
        } catch (InvalidInputException e) {
          LOG.warn("Passing over {}: {}", folder, e.getMessage());
        }
      }
    }
    return Optional.empty();
  }

  private void finish(Subject subject, Map<String, FileContent> files, Fence fence)
      throws IOException {
    write(subject, files, fence);
    new FinishedSubject(subject.name(), subject.steps(), subject.recipe())
        .write(new Path(subject.folder()), factory.hadoop().value());
  }

  /** Writes the card, and then the adapter's files. */
  public void write(Subject subject, Map<String, FileContent> files, Fence fence)
      throws IOException {
    Configuration hadoop = factory.hadoop().value();
    Path folder = new Path(subject.folder());
    fence.requireHeld();
    byte[] card = subject.card().getBytes(StandardCharsets.UTF_8);
    StoreFile.of(new Path(folder, OutputContents.CARD), hadoop).replace(out -> out.write(card));
    for (Map.Entry<String, FileContent> file : files.entrySet()) {
      StoreFile.of(new Path(folder, file.getKey()), hadoop).replace(file.getValue());
    }
    fence.requireHeld();
  }
}
