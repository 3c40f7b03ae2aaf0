package org.sparklora.spark.subjects;

import java.io.IOException;
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
import org.sparklora.store.Holder;
import org.sparklora.store.OutputLease;
import org.sparklora.train.step.TrainingDivergedException;
import org.sparklora.util.FirstCause;
import org.sparklora.util.InvalidInputException;

/**
 * The task that trains its subject, the partition's only element, with the base model that its
 * executor has loaded. A failure that would happen again becomes an outcome. Any other failure is
 * left to Spark, which runs the task again; the task then continues from the subject's last
 * checkpoint.
 *
 * @param run tells this run from others in the same executor
 * @param attempts that Spark gives a task
 * @param steps counts steps
 * @param outcomes of subjects
 */
public record SubjectTask(
    long run,
    int attempts,
    SubjectTraining training,
    LongAccumulator steps,
    CollectionAccumulator<SubjectOutcome> outcomes)
    implements VoidFunction<Iterator<Subject>> {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(SubjectTask.class);
  private static final IdlePool<WorkerContext, AdapterWorker> LOADED =
      new IdlePool<>(AdapterWorker::close);

  @Override
  public void call(Iterator<Subject> subjects) throws IOException {
    WorkerContext context = WorkerComputers.here(training.factory().batch().threadsPerWorker());
    AdapterWorker worker = LOADED.take(run, context, () -> training.factory().load(context));
    boolean reusable = false;
    try {
      SubjectOutcome outcome = outcome(context, worker, subjects.next());
      outcomes.add(outcome);
      // An interrupted step may have left gradients.
      reusable = !outcome.isFailed();
    } finally {
      if (reusable) {
        LOADED.giveBack(run, context, worker);
      } else {
        worker.close();
      }
    }
  }

  private SubjectOutcome outcome(WorkerContext context, AdapterWorker worker, Subject subject)
      throws IOException {
    TaskContext task = TaskContext.get();
    try (OutputLease lease = lease(subject)) {
      return training.train(worker, subject, lease, new Watch(task, lease, steps));
    } catch (IOException | RuntimeException e) {
      boolean failsAgain =
          e instanceof InvalidInputException || e instanceof TrainingDivergedException;
      if (task.isInterrupted() || (!failsAgain && task.attemptNumber() + 1 < attempts)) {
        throw e;
      }
      return failed(context, subject, e);
    }
  }

  private record Watch(TaskContext task, OutputLease lease, LongAccumulator steps)
      implements SubjectTraining.Watch {
    @Override
    public void onStep() {
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
    LOG.error("Subject {} failed on {}: {}", subject.name(), context, cause, failure);
    return SubjectOutcome.failed(subject.name(), cause + " (" + context + ")");
  }

  /**
   * Takes the folder's lease, so that an attempt that Spark has given up cannot write beside the
   * one that replaced it.
   */
  private OutputLease lease(Subject subject) throws IOException {
    try {
      return OutputLease.acquire(
          training.factory().hadoop().value(),
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
