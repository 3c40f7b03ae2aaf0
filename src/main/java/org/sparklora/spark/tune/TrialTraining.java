package org.sparklora.spark.tune;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.lora.format.PeftAdapterFile;
import org.sparklora.spark.subjects.Subject;
import org.sparklora.spark.subjects.SubjectOutcome;
import org.sparklora.spark.subjects.SubjectTask;
import org.sparklora.spark.subjects.SubjectTraining;
import org.sparklora.spark.worker.AdapterWorker;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.store.Fence;
import org.sparklora.train.LoraGradientComputer;
import org.sparklora.train.checkpoint.Checkpoints;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.StepResult;
import org.sparklora.util.ContentHash;
import org.sparklora.util.InvalidInputException;

/**
 * Trains trials to a rung, each with its own recipe, and computes their held-out losses there. An
 * adapter at a rung before the end is that of a checkpoint.
 *
 * @param plans by the trials' names
 * @param rung the step to train to
 */
record TrialTraining(Map<String, TrialPlan> plans, long rung) implements SubjectTask.Trainer {
  private static final long serialVersionUID = 1L;

  TrialTraining {
    plans = new TreeMap<>(plans);
  }

  @Override
  public AdapterWorkerFactory factory(Subject trial) {
    return plans.get(trial.name()).training().factory();
  }

  @Override
  public int kind(Subject trial) {
    return plans.get(trial.name()).kind();
  }

  @Override
  public SubjectOutcome train(
      AdapterWorker worker, Subject trial, Fence fence, SubjectTask.Watch watch)
      throws IOException {
    TrialPlan plan = plans.get(trial.name());
    Configuration hadoop = factory(trial).hadoop().value();
    Path folder = new Path(trial.folder());
    TrialRecord before =
        TrialRecord.read(folder, hadoop).orElseGet(() -> TrialRecord.ofNew(plan.recipe()));
    LoraGradientComputer computer = factory(trial).computer(worker);
    TrialCurves curves =
        new TrialCurves(
            plan, computer, before, known -> before.with(known).write(folder, hadoop, fence));
    long until = Math.min(rung, trial.steps());
    SubjectTraining.Reached end =
        plan.training()
            .take(
                worker,
                trial,
                new SubjectTraining.Leg(computer, until, curves),
                fence,
                new Watching(watch, curves));
    float[] values = end.optimizer().result();
    AdapterState there = end.optimizer().state();
    if (there.step() != until) {
      throw InvalidInputException.configuration(
          "Cannot resume from "
              + folder
              + ": its checkpoint is of step "
              + there.step()
              + ", and trials are compared at step "
              + until);
    }
    double loss = curves.measure(new AdapterState(until, there.lossScale(), values));
    if (!Double.isFinite(loss)) {
      return failed(trial, until, "the held-out loss is " + loss + " after step " + until);
    }
    if (until == trial.steps()) {
      plan.training().write(trial, end.files().of(values), fence);
    } else {
      end.saver().save();
    }
    Path adapter = adapter(trial, until, hadoop);
    List<Long> rungs = new ArrayList<>(before.rungs());
    rungs.removeIf(step -> step >= until);
    rungs.add(until);
    before
        .with(curves)
        .at(rungs, folder.getName() + "/" + relative(folder, adapter), sha256(adapter, hadoop))
        .write(folder, hadoop, fence);
    return new SubjectOutcome(trial.name(), until, loss, trial.folder(), "");
  }

  private record Watching(SubjectTask.Watch task, TrialCurves curves) implements SubjectTask.Watch {
    @Override
    public void onStep(StepResult result) {
      curves.add(result);
      task.onStep(result);
    }

    @Override
    public boolean isToldToEnd() {
      return task.isToldToEnd();
    }
  }

  private static SubjectOutcome failed(Subject trial, long step, String why) {
    return new SubjectOutcome(trial.name(), step, Double.NaN, "", why);
  }

  /** The file of a trial's adapter after a rung: its own, or that of a checkpoint. */
  private static Path adapter(Subject trial, long step, Configuration hadoop) throws IOException {
    Path folder = new Path(trial.folder());
    if (step == trial.steps()) {
      return new Path(folder, PeftAdapterFile.NAME);
    }
    return new Checkpoints(hadoop, folder)
        .list().stream()
            .filter(checkpoint -> Checkpoints.step(checkpoint.getName()) == step)
            .map(checkpoint -> new Path(checkpoint, PeftAdapterFile.NAME))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("No checkpoint of step " + step));
  }

  private static String relative(Path folder, Path adapter) {
    return adapter.getParent().getName().equals(folder.getName())
        ? adapter.getName()
        : adapter.getParent().getName() + "/" + adapter.getName();
  }

  private static String sha256(Path file, Configuration hadoop) throws IOException {
    try (InputStream in = file.getFileSystem(hadoop).open(file)) {
      return ContentHash.sha256(in);
    }
  }
}
