package org.sparklora.spark.reduce;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.StepListener;
import org.sparklora.train.step.StepOptimizer;
import org.sparklora.util.InvalidInputException;

/**
 * Runs segments: Spark jobs of long-running workers. A segment ends early, and another of another
 * size goes on, when a worker is lost and not replaced, or when there are more slots. A segment
 * whose job fails is followed by another if it has completed a step.
 */
public final class SegmentRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentRunner.class);
  private static final long LOOK_EVERY_MILLIS = 250;

  /** What a worker that has been told to leave may take for it. */
  private static final long LEAVE_SECONDS = 10;

  /** How long no executor comes before it is taken that all are there. */
  private static final double ARRIVAL_SECONDS = 5;

  private static final double MOST_ARRIVAL_SECONDS = 60;

  private final JavaSparkContext spark;
  private final GradientComputerFactory factory;
  private final int threads;
  private final long patience;
  private final Elasticity.Waits waits;
  private final Consumer<String> incidents;
  private final ReductionServer server;
  private Elasticity.Unusable unusable = Elasticity.Unusable.NONE;
  private long firstStep = -1;
  private boolean saidHardware;
  private long saidStrangers;
  private volatile Optional<Segment> current = Optional.empty();
  private volatile boolean stopped;

  /**
   * Starts listening for workers.
   *
   * @param threads intra-op threads of a worker
   * @param patience seconds without a completed step after which the run is given up
   */
  public SegmentRunner(
      JavaSparkContext spark, GradientComputerFactory factory, int threads, long patience) {
    this(spark, factory, threads, patience, Elasticity.Waits.DEFAULT);
  }

  public SegmentRunner(
      JavaSparkContext spark,
      GradientComputerFactory factory,
      int threads,
      long patience,
      Elasticity.Waits waits) {
    this(spark, factory, threads, patience, waits, incident -> {});
  }

  /**
   * As the other.
   *
   * @param incidents told what did not stop the run
   */
  public SegmentRunner(
      JavaSparkContext spark,
      GradientComputerFactory factory,
      int threads,
      long patience,
      Elasticity.Waits waits,
      Consumer<String> incidents) {
    this.spark = spark;
    this.factory = factory;
    this.threads = threads;
    this.patience = patience;
    this.waits = waits;
    this.incidents = incidents;
    // A worker outwaits the driver, so that it is the driver who says whom it waits for.
    this.server = new ReductionServer(SparkEnv.get(), 2 * patience);
  }

  /** Number of workers that can run at once, at most one a micro-batch. */
  public int workers(int microBatches) {
    return Math.max(1, Math.min(slots(), microBatches));
  }

  /** Number of slots that training leaves free. */
  public int freeSlots(int microBatches) {
    return Math.max(0, slots() - workers(microBatches));
  }

  /**
   * The losses of batches of held-out samples, in their order.
   *
   * @param slots how many tasks may compute at once
   */
  public List<Double> heldOutLosses(AdapterState state, int batches, int slots)
      throws ExecutionException, InterruptedException, TimeoutException {
    HeldOutTask task =
        new HeldOutTask(server.run(), factory, threads, state.step(), state.values());
    List<Integer> numbers = IntStream.range(0, batches).boxed().toList();
    spark.sc().setJobDescription("spark-lora: held-out loss of step " + state.step());
    JavaFutureAction<List<Double>> job =
        spark.parallelize(numbers, Math.min(slots, batches)).mapPartitions(task).collectAsync();
    try {
      long each = (batches + slots - 1L) / slots;
      return job.get(patience * (1 + each), TimeUnit.SECONDS);
    } finally {
      job.cancel(true);
    }
  }

  /**
   * Waits for executors to come, so that a run does not begin with the first of them alone: until
   * there are as many as were asked for, or no more have come for a while.
   */
  public void awaitExecutors(int microBatches) {
    int expected = SparkSettings.expectedSlots(spark.getConf()).orElse(Integer.MAX_VALUE);
    double began = System.nanoTime() / 1e9;
    double since = began;
    int slots = slots();
    try {
      while (slots < Math.min(expected, microBatches)) {
        double now = System.nanoTime() / 1e9;
        if (now - began > MOST_ARRIVAL_SECONDS || (slots > 0 && now - since > ARRIVAL_SECONDS)) {
          return;
        }
        TimeUnit.MILLISECONDS.sleep(50);
        int before = slots;
        slots = slots();
        since = slots == before ? since : System.nanoTime() / 1e9;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Training interrupted", e);
    }
  }

  public int slots() {
    return spark
        .sc()
        .maxNumConcurrentTasks(spark.sc().resourceProfileManager().defaultResourceProfile());
  }

  /**
   * Trains until a step is reached.
   *
   * @param endStep the first step that is not computed
   * @throws InvalidInputException when workers cannot work with what is given
   * @throws WorkersLostException when no step was completed for too long, or attempts failed too
   *     often without one
   * @throws CancellationException when it was stopped
   */
  public void run(StepOptimizer optimizer, long endStep, StepListener listener) {
    unusable = Elasticity.Unusable.NONE;
    firstStep = firstStep < 0 ? optimizer.state().step() : firstStep;
    int workers = workers(optimizer.microBatches());
    while (optimizer.state().step() < endStep) {
      Segment segment = new Segment(optimizer, endStep, workers, listener);
      current = Optional.of(segment);
      requireNotStopped();
      workers = run(segment, optimizer, workers, endStep);
    }
  }

  /** Ends training for good, from another thread. When it returns, no further step is applied. */
  public void stop() {
    stopped = true;
    current.ifPresent(Segment::stop);
  }

  private void requireNotStopped() {
    if (stopped) {
      throw new CancellationException("Training was told to end");
    }
  }

  /** Marks when the running segment's workers had come, and when they had loaded the model. */
  public void markStart(StartTimes times) {
    current.ifPresent(
        segment -> {
          times.mark("workers", segment.lastArrival());
          times.mark("model", segment.lastJoin());
        });
  }

  /** Runs a segment; returns the number of workers the next one should have. */
  private int run(Segment segment, StepOptimizer optimizer, int workers, long endStep) {
    int microBatches = optimizer.microBatches();
    ReductionAddress address = server.serve(segment, 2 * patience);
    WorkerTask task = new WorkerTask(address, factory, workers, microBatches, threads);
    List<Integer> partitions = IntStream.range(0, workers).boxed().toList();
    spark.sc().setJobDescription("spark-lora: steps to " + endStep);
    spark.sc().setLocalProperty("spark.job.interruptOnCancel", "true");
    long began = optimizer.state().step();
    JavaFutureAction<Void> job = spark.parallelize(partitions, workers).foreachPartitionAsync(task);
    try {
      return await(job, segment, new Elasticity(waits, workers, microBatches, unusable), workers);
    } catch (ExecutionException | CancellationException e) {
      requireNotStopped();
      segment.failure().ifPresent(SegmentRunner::rethrow);
      String cause =
          ExecutorExit.explained(
              e.getCause() == null ? e.toString() : String.valueOf(e.getCause().getMessage()));
      if (optimizer.state().step() == began) {
        InvalidInputException.within(e)
            .ifPresent(
                invalid -> {
                  throw invalid;
                });
        throw new WorkersLostException("A worker failed: " + cause, e);
      }
      warn(
          "Going on from step "
              + optimizer.state().step()
              + " with new workers: "
              + String.valueOf(cause).lines().findFirst().orElse(""));
      return workers(microBatches);
    } finally {
      segment.stop();
      job.cancel(true);
      sayStrangers();
    }
  }

  private void sayStrangers() {
    long closed = server.strangersClosed();
    if (closed > saidStrangers) {
      saidStrangers = closed;
      warn(
          "Connections that did not show that they belong to this run, and were closed: " + closed);
    }
  }

  private int await(JavaFutureAction<Void> job, Segment segment, Elasticity size, int workers)
      throws ExecutionException {
    int next = workers;
    boolean saidSlow = false;
    double over = Double.POSITIVE_INFINITY;
    while (true) {
      try {
        job.get(LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        segment.failure().ifPresent(SegmentRunner::rethrow);
        requireNotStopped();
        if (!segment.isOver()) {
          throw new IllegalStateException("Segment ended at " + segment.waitingFor());
        }
        return next;
      } catch (TimeoutException e) {
        double now = System.nanoTime() / 1e9;
        segment.failure().ifPresent(SegmentRunner::rethrow);
        if (segment.isOver()) {
          over = Math.min(over, now);
          if (now - over > LEAVE_SECONDS) {
            // A lost executor that Spark still believes in: its worker is fenced.
            return next;
          }
          continue;
        }
        if (segment.waitingSeconds() > patience) {
          throw new WorkersLostException(
              "Cannot go on: waited "
                  + patience
                  + " s (--worker_timeout) at "
                  + segment.waitingFor());
        }
        saidSlow |= saySlow(segment, saidSlow);
        sayHardware(segment);
        next = resize(segment, size, workers, now).orElse(next);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Training interrupted", e);
      }
    }
  }

  private OptionalInt resize(Segment segment, Elasticity size, int workers, double now) {
    int slots = slots();
    boolean cold = segment.step() == firstStep;
    OptionalInt next = size.look(now, slots, segment.present(), segment.absentSeconds(), cold);
    if (next.isPresent()) {
      int to = next.getAsInt();
      LOG.warn("From {} to {} workers, {} slots, at {}", workers, to, slots, segment.waitingFor());
      incidents.accept("From " + workers + " to " + to + " workers, " + slots + " slots");
      if (to < workers) {
        unusable = unusable.again(Math.max(0, slots - to));
        segment.stop();
      } else {
        segment.endAfterThisStep();
      }
    }
    return next;
  }

  private boolean saySlow(Segment segment, boolean said) {
    if (!said) {
      segment.slowWorker().ifPresent(this::warn);
    }
    return said || segment.slowWorker().isPresent();
  }

  private void sayHardware(Segment segment) {
    if (!saidHardware && segment.hardware().size() > 1) {
      saidHardware = true;
      warn(
          "Workers compute on unlike hardware, so another run may give other bits: "
              + segment.hardware());
    }
  }

  private void warn(String incident) {
    LOG.warn("{}", incident);
    incidents.accept(incident);
  }

  private static void rethrow(Throwable failure) {
    if (failure instanceof Error error) {
      throw error;
    }
    throw (RuntimeException) failure;
  }

  @Override
  public void close() {
    server.close();
  }
}
