package org.sparklora.spark.subjects;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.reduce.IdlePool;
import org.sparklora.spark.reduce.WorkerComputers;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.spark.worker.AdapterWorker;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.store.Fence;
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.TrainingDivergedException;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/**
 * The task that trains its subject, the partition's only element, with the base model that its
 * executor has loaded. A failure that would happen again becomes an outcome. Any other failure is
 * left to Spark, which runs the task again; the task then continues from the subject's last
 * checkpoint.
 *
 * @param run tells this run from others in the same executor; so do the numbers that follow it
 * @param attempts that Spark gives a task
 * @param steps counts steps
 * @param outcomes of subjects
 */
public record SubjectTask(
    long run,
    int attempts,
    Trainer trainer,
    LongAccumulator steps,
    CollectionAccumulator<SubjectOutcome> outcomes)
    implements VoidFunction<Iterator<Subject>> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(SubjectTask.class);
  private static final IdlePool<WorkerContext, AdapterWorker> LOADED =
      new IdlePool<>(AdapterWorker::close);

  /** Trains subjects. */
  public interface Trainer extends Serializable {
    /** Makes the worker that a subject needs. */
    AdapterWorkerFactory factory(Subject subject);

    /** Tells subjects apart that need different workers: those of one kind share theirs. */
    default int kind(Subject subject) {
      return 0;
    }

    /**
     * Trains a subject.
     *
     * @param fence asked before anything is written
     */
    SubjectOutcome train(AdapterWorker worker, Subject subject, Fence fence, Watch watch)
        throws IOException;
  }

  /** Who watches over the task. */
  public interface Watch {
    /** Called after every step. It may throw to stop the training. */
    void onStep(StepResult result);

    /** Whether the task is told to end before its subject is done. */
    boolean isToldToEnd();
  }

  @Override
  public void call(Iterator<Subject> subjects) throws IOException {
    Subject subject = subjects.next();
    AdapterWorkerFactory factory = trainer.factory(subject);
    WorkerContext context = WorkerComputers.here(factory.batch().threadsPerWorker());
    long kind = run + trainer.kind(subject);
    AdapterWorker worker = LOADED.take(kind, context, () -> factory.load(context));
    boolean reusable = false;
    try {
      SubjectOutcome outcome = outcome(context, worker, subject);
      outcomes.add(outcome);
      // An interrupted step may have left gradients.
      reusable = !outcome.isFailed();
    } finally {
      if (reusable) {
        LOADED.giveBack(kind, context, worker);
      } else {
        worker.close();
      }
    }
  }

  private SubjectOutcome outcome(WorkerContext context, AdapterWorker worker, Subject subject)
      throws IOException {
    TaskContext task = TaskContext.get();
    try (OutputLease lease = lease(subject)) {
      return trainer.train(worker, subject, lease, new TaskWatch(task, lease, steps));
    } catch (IOException | RuntimeException e) {
      boolean failsAgain =
          e instanceof InvalidInputException || e instanceof TrainingDivergedException;
      if (task.isInterrupted() || (!failsAgain && task.attemptNumber() + 1 < attempts)) {
        throw e;
      }
      return failed(context, subject, e);
    }
  }

  private record TaskWatch(TaskContext task, OutputLease lease, LongAccumulator steps)
      implements Watch {
    @Override
    public void onStep(StepResult result) {
      task.killTaskIfInterrupted();
      requireHeld(lease);
      steps.add(1);
    }

    @Override
    public boolean isToldToEnd() {
      return task.isInterrupted();
    }
  }

  private static SubjectOutcome failed(WorkerContext context, Subject subject, Exception failure) {
    String cause = FirstCause.of(failure);
    LOG.error("{} failed on {}: {}", subject.name(), context, cause, failure);
    return SubjectOutcome.failed(subject.name(), cause + " (" + context + ")");
  }

  /**
   * Takes the folder's lease, so that an attempt that Spark has given up cannot write beside the
   * one that replaced it.
   */
  private OutputLease lease(Subject subject) throws IOException {
    try {
      return OutputLease.acquire(
          trainer.factory(subject).hadoop().value(),
          new Path(subject.folder()),
          Holder.current(SparkEnv.get().conf().get("spark.app.name")),
          () -> {});
    } catch (InvalidInputException e) {
      // This is not the subject's fault: an earlier attempt may not have ended yet.
      throw new IllegalStateException(e.getMessage());
    }
  }

  private static void requireHeld(OutputLease lease) {
    if (lease.isLost()) {
      try {
        lease.requireHeld(); // says why
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
