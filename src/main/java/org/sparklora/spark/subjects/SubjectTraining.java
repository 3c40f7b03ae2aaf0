package org.sparklora.spark.subjects;

import java.io.IOException;
import java.io.Serializable;
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
import org.sparklora.data.cache.LatentCache;
import org.sparklora.spark.run.AdapterFiles;
import org.sparklora.spark.run.FinishedSubject;
import org.sparklora.spark.run.OutputContents;
import org.sparklora.spark.run.Recipe;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.worker.AdapterWorker;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.spark.worker.StartingAdapter;
import org.sparklora.store.Fence;
import org.sparklora.store.FileContent;
import org.sparklora.store.StoreFile;
import org.sparklora.train.LoraGradientComputer;
import org.sparklora.train.checkpoint.Checkpoint;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.StepResult;
import org.sparklora.util.InvalidInputException;

/**
 * Trains a subject from its first step, or its last checkpoint, to its adapter: the driver's half
 * of a step and the worker's in one thread. Sums are taken over the same tree, so the adapter has
 * the bytes of a run that trains this subject alone.
 *
 * @param ema at most one
 * @param checkpointingSteps {@code --checkpointing_steps}
 * @param totalLimit {@code --checkpoints_total_limit}; at most one
 */
public record SubjectTraining(
    AdapterWorkerFactory factory,
    double learningRate,
    double maxGradNorm,
    UpdateRuleConfig rule,
    List<EmaConfig> ema,
    long checkpointingSteps,
    List<Integer> totalLimit)
    implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(SubjectTraining.class);

  /** How many losses are averaged in the end. */
  private static final int LOSSES = 100;

  public static SubjectTraining of(AdapterWorkerFactory factory, TrainingConfig config) {
    OptimizerConfig optimizer = config.optimizer();
    return new SubjectTraining(
        factory,
        optimizer.learningRate(),
        optimizer.maxGradNorm(),
        optimizer.rule(),
        optimizer.ema().stream().toList(),
        config.checkpoints().checkpointingSteps(),
        config.checkpoints().totalLimit().stream().boxed().toList());
  }

  /** Told after every step; may throw to stop. */
  interface EachStep {
    void done();
  }

  /**
   * Trains.
   *
   * @param fence asked before anything is written
   * @throws InvalidInputException when a checkpoint cannot be gone on from
   * @throws org.sparklora.train.step.TrainingDivergedException when no gradient is finite
   */
  SubjectOutcome train(AdapterWorker worker, Subject subject, Fence fence, EachStep each)
      throws IOException {
    Configuration hadoop = factory.hadoop().value();
    Path folder = new Path(subject.folder());
    Checkpoints checkpoints = new Checkpoints(hadoop, folder, fence);
    AdapterOptimizer optimizer = optimizer(worker, subject, checkpoints);
    // It goes with the worker, which outlives the subject.
    LoraGradientComputer computer =
        factory.computer(worker, LatentCache.open(factory.latents(), hadoop), subject.samples());
    AdapterFiles files =
        new AdapterFiles(
            worker.layout(),
            factory.trainables(),
            subject.recipe().get(Recipe.BASE_MODEL),
            factory.model().place());
    Deque<Double> losses = new ArrayDeque<>();
    while (optimizer.state().step() < subject.steps()) {
      losses.add(step(computer, optimizer).loss());
      if (losses.size() > LOSSES) {
        losses.remove();
      }
      if (optimizer.state().step() == subject.steps()) {
        optimizer.requireSound();
      }
      if (optimizer.state().step() % checkpointingSteps == 0) {
        checkpoints.save(
            optimizer.export(), subject.recipe(), files.ofCheckpoint(optimizer.result()));
        for (int limit : totalLimit) {
          checkpoints.prune(limit);
        }
      }
      each.done();
    }
    finish(subject, folder, files.of(optimizer.result()), hadoop, fence);
    return new SubjectOutcome(
        subject.name(),
        optimizer.state().step(),
        losses.stream().mapToDouble(loss -> loss).average().orElse(Double.NaN),
        subject.folder(),
        "");
  }

  private static StepResult step(LoraGradientComputer computer, AdapterOptimizer optimizer) {
    AdapterState state = optimizer.state();
    GradientTree tree = new GradientTree(optimizer.microBatches());
    for (int i = 0; i < optimizer.microBatches(); i++) {
      tree.add(i, computer.compute(state, i));
    }
    return optimizer.apply(tree.total());
  }

  private AdapterOptimizer optimizer(AdapterWorker worker, Subject subject, Checkpoints checkpoints)
      throws IOException {
    OptimizerConfig config =
        new OptimizerConfig(learningRate, maxGradNorm, rule, ema.stream().findFirst());
    Optional<Checkpoint> checkpoint = newest(checkpoints, subject);
    if (checkpoint.isPresent()) {
      checkpoint.get().requireSame(subject.recipe());
      LOG.info("Subject {} goes on from {}", subject.name(), checkpoint.get().folder());
      return AdapterOptimizer.resume(
          config,
          factory.batch().precision(),
          factory.batch().microBatches(),
          subject.groups(),
          checkpoint.get().state());
    }
    return new AdapterOptimizer(
        config,
        factory.batch().precision(),
        factory.batch().microBatches(),
        subject.groups(),
        StartingAdapter.values(
            factory.trainables(),
            worker.layout(),
            factory.batch().seed(),
            worker.base(),
            factory.hadoop().value()));
  }

  /** The newest checkpoint that is whole, but none that another run has left. */
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

  private static void finish(
      Subject subject,
      Path folder,
      Map<String, FileContent> files,
      Configuration hadoop,
      Fence fence)
      throws IOException {
    fence.requireHeld();
    byte[] card = subject.card().getBytes(StandardCharsets.UTF_8);
    StoreFile.of(new Path(folder, OutputContents.CARD), hadoop).replace(out -> out.write(card));
    for (Map.Entry<String, FileContent> file : files.entrySet()) {
      StoreFile.of(new Path(folder, file.getKey()), hadoop).replace(file.getValue());
    }
    fence.requireHeld();
    new FinishedSubject(subject.name(), subject.steps(), subject.recipe()).write(folder, hadoop);
  }
}
