package org.sparklora.spark.subjects;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.util.CollectionAccumulator;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.report.ProgressLine;
import org.sparklora.report.SubjectProgress;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvents;
import org.sparklora.spark.failure.RunCancelledException;
import org.sparklora.spark.failure.TaskFailures;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.spark.prepare.RunningImages;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;

/**
 * Trains an adapter for each subject: a Spark job has a task for each, and as many run at once as
 * there are slots. A subject that fails does not stop the others.
 */
public final class SubjectsRun {
  private static final Logger LOG = LoggerFactory.getLogger(SubjectsRun.class);
  private static final long LOOK_EVERY_MILLIS = 200;

  /** How long tasks that are told to end may take to save. */
  private static final long SAVE_SECONDS = 10;

  private final Kind kind;
  private final JavaSparkContext spark;
  private final Tasks tasks;
  private final int imagesPerStep;
  private final long patience;
  private final RunEvents events;
  private final List<SubjectOutcome> outcomes = new ArrayList<>();
  private final RunningTasks tasksUnderWay = new RunningTasks();
  private SubjectProgress progress;
  private volatile long earlier;
  private volatile long trained;
  private volatile boolean stopped;
  private volatile Optional<JavaFutureAction<Void>> underWay = Optional.empty();

  /** What is trained, in the words of progress and report. */
  public enum Kind {
    SUBJECT("subject", "loss"),
    TRIAL("trial", "held-out loss");

    private final String word;
    private final String loss;

    Kind(String word, String loss) {
      this.word = word;
      this.loss = loss;
    }

    private String capital() {
      return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
    }
  }

  /** Makes the task of a job. */
  public interface Tasks {
    /**
     * A task that trains its subjects.
     *
     * @param steps counts steps
     * @param outcomes gets one outcome for each subject
     */
    VoidFunction<Iterator<Subject>> of(
        LongAccumulator steps, CollectionAccumulator<SubjectOutcome> outcomes);
  }

  /**
   * @param imagesPerStep micro-batches a step times {@code --train_batch_size}
   * @param patience seconds without a step of any subject after which the run gives up
   */
  public SubjectsRun(
      Kind kind,
      JavaSparkContext spark,
      Tasks tasks,
      int imagesPerStep,
      long patience,
      RunEvents events) {
    this.kind = kind;
    this.spark = spark;
    this.tasks = tasks;
    this.imagesPerStep = imagesPerStep;
    this.patience = patience;
    this.events = events;
  }

  /**
   * Trains all subjects of a plan.
   *
   * @throws SubjectsFailedException when some subjects have no adapter in the end
   * @throws WorkersLostException when nothing was trained for too long
   * @throws InvalidInputException when no worker can load the base model
   */
  public void run(SubjectPlan plan) {
    List<SubjectOutcome> failed =
        outcomesOf(plan, 0, plan.steps()).stream().filter(SubjectOutcome::isFailed).toList();
    if (!failed.isEmpty()) {
      int all = plan.subjects().size() + plan.finished().size() + plan.failed().size();
      throw new SubjectsFailedException(failed, all);
    }
  }

  /**
   * Trains all subjects of a plan, and says what became of them.
   *
   * @param before steps that were trained before, for the report
   * @param all steps of the whole run
   * @throws WorkersLostException when nothing was trained for too long
   * @throws InvalidInputException when no worker can load the base model
   */
  public List<SubjectOutcome> outcomesOf(SubjectPlan plan, long before, long all) {
    earlier = before;
    trained = before;
    int slots = spark.defaultParallelism() / spark.getConf().getInt("spark.task.cpus", 1);
    LOG.info(
        "Training {}, {} in all, up to {} at once; finished already: {}",
        Count.of(plan.subjects().size(), kind.word),
        Count.of(plan.steps(), "step"),
        Math.min(slots, plan.subjects().size()),
        plan.finished().size());
    events.add(
        new RunEvent.Training(
            Instant.now(),
            before,
            all,
            imagesPerStep,
            Math.max(1, Math.min(slots, plan.subjects().size()))));
    progress =
        new SubjectProgress(
            System.err,
            ProgressLine.isTerminal(),
            kind.word + "s",
            plan.subjects().size() + plan.failed().size(),
            plan.steps());
    plan.failed().forEach(this::take);
    List<Subject> left = plan.subjects();
    while (!left.isEmpty()) {
      train(left);
      Set<String> done = new HashSet<>();
      outcomes.forEach(outcome -> done.add(outcome.subject()));
      left = left.stream().filter(subject -> !done.contains(subject.name())).toList();
    }
    return List.copyOf(outcomes);
  }

  /** Number of steps of all subjects trained so far. */
  public long trained() {
    return trained;
  }

  /** Ends training from another thread, and waits until each task has saved its last step. */
  public void stopAndSave() {
    stopped = true;
    underWay.ifPresent(job -> job.cancel(true));
    try {
      if (!tasksUnderWay.awaitNone(SAVE_SECONDS)) {
        LOG.warn("Not all tasks have ended in {} s: the last steps may not be saved", SAVE_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Runs one Spark job, until all subjects have an outcome or one of them has made the job fail.
   */
  private void train(List<Subject> subjects) {
    LongAccumulator steps = spark.sc().longAccumulator("steps");
    CollectionAccumulator<SubjectOutcome> done = spark.sc().collectionAccumulator(kind.word + "s");
    RunningImages running = new RunningImages(steps.id());
    TaskFailures failures = new TaskFailures();
    spark.sc().addSparkListener(running);
    spark.sc().addSparkListener(failures);
    spark.sc().addSparkListener(tasksUnderWay);
    spark.sc().setJobDescription("spark-lora: " + Count.of(subjects.size(), kind.word));
    spark.sc().setLocalProperty("spark.job.interruptOnCancel", "true");
    long before = trained;
    JavaFutureAction<Void> job =
        spark.parallelize(subjects, subjects.size()).foreachPartitionAsync(tasks.of(steps, done));
    underWay = Optional.of(job);
    try {
      await(job, done, () -> before + steps.value() + running.done());
      trained = before + steps.value();
      takeAll(done);
    } catch (ExecutionException e) {
      takeAll(done);
      RunCancelledException.throwIfCancelled(before + steps.value(), e);
      InvalidInputException.within(e)
          .ifPresent(
              invalid -> {
                throw invalid;
              });
      take(culprit(subjects, failures, e));
    } finally {
      job.cancel(true);
      if (!stopped) { // then what is under way is saved
        trained = before + steps.value(); // now that the tasks have ended, without what was lost
      }
      spark.sc().setJobDescription(null);
      spark.sc().removeSparkListener(running);
      spark.sc().removeSparkListener(failures);
      if (!stopped) {
        spark.sc().removeSparkListener(tasksUnderWay);
      }
    }
  }

  /** Counts the steps that are trained. */
  private interface Steps {
    long trained();
  }

  private void await(
      JavaFutureAction<Void> job, CollectionAccumulator<SubjectOutcome> done, Steps steps)
      throws ExecutionException {
    long heartbeat = spark.getConf().getTimeAsSeconds("spark.executor.heartbeatInterval", "10s");
    long last = -1;
    int taken = 0;
    long since = System.nanoTime();
    try {
      while (true) {
        try {
          job.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
          return;
        } catch (TimeoutException e) {
          takeAll(done);
          long now = steps.trained();
          if (now != last || outcomes.size() > taken) {
            last = now;
            trained = now;
            taken = outcomes.size();
            since = System.nanoTime();
          }
          progress.on(outcomes.size(), failed(), trained - earlier);
          if (System.nanoTime() - since > TimeUnit.SECONDS.toNanos(patience + heartbeat)) {
            throw new WorkersLostException(
                String.format(
                    Locale.ROOT,
                    "Cannot go on: no step of any %s in %d s (--worker_timeout); %d of the %ss are"
                        + " done",
                    kind.word,
                    patience,
                    outcomes.size(),
                    kind.word));
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Training interrupted", e);
    }
  }

  /** The subject whose task made Spark give up the job. */
  private static SubjectOutcome culprit(
      List<Subject> subjects, TaskFailures failures, ExecutionException e) {
    Optional<TaskFailures.Failures> most = failures.most();
    if (most.isEmpty()) {
      String cause = e.getCause() == null ? e.toString() : e.getCause().getMessage();
      throw new WorkersLostException("The job failed: " + cause, e);
    }
    return SubjectOutcome.failed(
        subjects.get(most.get().task()).name(),
        String.format(
            Locale.ROOT,
            "%d attempts failed, the last with %s",
            most.get().count(),
            most.get().last()));
  }

  private void takeAll(CollectionAccumulator<SubjectOutcome> done) {
    List<SubjectOutcome> known = new ArrayList<>(done.value());
    Set<String> taken = new HashSet<>();
    outcomes.forEach(outcome -> taken.add(outcome.subject()));
    known.stream().filter(outcome -> taken.add(outcome.subject())).forEach(this::take);
  }

  private void take(SubjectOutcome outcome) {
    outcomes.add(outcome);
    String said =
        outcome.isFailed()
            ? String.format(
                Locale.ROOT,
                "%s %s failed: %s",
                kind.capital(),
                outcome.subject(),
                outcome.failure())
            : String.format(
                Locale.ROOT,
                "%s %s is done: %s, %s %.4f",
                kind.capital(),
                outcome.subject(),
                Count.of(outcome.steps(), "step"),
                kind.loss,
                outcome.loss());
    if (outcome.isFailed()) {
      LOG.error("{}", said);
      events.add(new RunEvent.Incident(Instant.now(), trained, said));
    } else {
      LOG.info("{}", said);
      events.add(new RunEvent.Reached(Instant.now(), trained, said));
      events.add(new RunEvent.Saved(Instant.now(), trained, outcome.folder()));
    }
    progress.on(outcomes.size(), failed(), trained - earlier);
  }

  private int failed() {
    return Math.toIntExact(outcomes.stream().filter(SubjectOutcome::isFailed).count());
  }
}
