package org.sparklora.spark.reduce;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.failure.ExecutorExit;
import org.sparklora.spark.failure.RunCancelledException;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.spark.message.Way;
import org.sparklora.train.loop.StepRunner;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.StepListener;
import org.sparklora.train.step.StepOptimizer;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.SteadyClock;

/**
 * Runs segments: Spark jobs of long-running workers. A segment ends early if a worker is lost and
 * not replaced, if there are more slots, or if an executor will be taken away; another segment then
 * goes on. If a segment's job fails after it has completed a step, another segment follows.
 */
public final class SegmentRunner implements StepRunner, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SegmentRunner.class);
  private static final long LOOK_EVERY_MILLIS = 250;

  /** Seconds that a worker may take to leave once its segment is over. */
  private static final long LEAVE_SECONDS = 10;

  /** If no executor arrives for this long, in seconds, the run stops waiting for more. */
  private static final double ARRIVAL_SECONDS = 5;

  private static final double MOST_ARRIVAL_SECONDS = 60;

  private final Workers workers;
  private final SteadyClock clock;
  private final long origin;
  private final long patience;
  private final Exchange exchange;
  private final Elasticity.Waits waits;
  private final Consumer<String> incidents;
  private Elasticity.Unusable unusable = Elasticity.Unusable.NONE;
  private boolean saidHardware;
  private String said = "";
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
    this(
        spark,
        factory,
        threads,
        patience,
        new Exchange(ExchangeConfig.USUAL),
        Elasticity.Waits.DEFAULT,
        incident -> {});
  }

  /**
   * Starts listening for workers.
   *
   * @param exchange chooses the way of the gradients
   * @param incidents gets events that did not stop the run
   */
  public SegmentRunner(
      JavaSparkContext spark,
      GradientComputerFactory factory,
      int threads,
      long patience,
      Exchange exchange,
      Elasticity.Waits waits,
      Consumer<String> incidents) {
    this(
        new SparkWorkers(spark, factory, threads, patience),
        SteadyClock.SYSTEM,
        patience,
        exchange,
        waits,
        incidents);
  }

  SegmentRunner(
      Workers workers,
      SteadyClock clock,
      long patience,
      Exchange exchange,
      Elasticity.Waits waits,
      Consumer<String> incidents) {
    this.exchange = exchange;
    this.workers = workers;
    this.clock = clock;
    this.origin = clock.nanos();
    this.patience = patience;
    this.waits = waits;
    this.incidents = incidents;
  }

  /** Number of workers that can run at once, at most one a micro-batch. */
  public int workers(int microBatches) {
    return Math.max(1, Math.min(slots(), microBatches));
  }

  /** The number of slots that training leaves free. */
  public int freeSlots(int microBatches) {
    return Math.max(0, slots() - workers(microBatches));
  }

  /**
   * Computes the losses of batches of held-out samples, in their order.
   *
   * @param slots how many tasks may compute at once
   */
  public List<Double> heldOutLosses(AdapterState state, int batches, int slots)
      throws ExecutionException, InterruptedException, TimeoutException {
    return workers.heldOutLosses(state, batches, slots);
  }

  /**
   * Waits for executors, so that a run does not begin with the first one alone. Returns when there
   * are as many as were asked for, or when no more have arrived for a while.
   */
  public void awaitExecutors(int microBatches) {
    int expected = workers.expectedSlots();
    double began = now();
    double since = began;
    int slots = slots();
    try {
      while (slots < Math.min(expected, microBatches)) {
        if (now() - began > MOST_ARRIVAL_SECONDS
            || (slots > 0 && now() - since > ARRIVAL_SECONDS)) {
          return;
        }
        clock.sleep(50);
        int before = slots;
        slots = slots();
        since = slots == before ? since : now();
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** How many workers can run at once. */
  public int slots() {
    return workers.slots();
  }

  /** Seconds since this was made. */
  private double now() {
    return (clock.nanos() - origin) / 1e9;
  }

  /**
   * Trains until a step is reached.
   *
   * @param endStep the first step that is not computed any more
   * @throws InvalidInputException when workers cannot use their input
   * @throws WorkersLostException when no step was completed for too long, or attempts failed too
   *     often without one
   * @throws CancellationException when it was stopped, or its job was cancelled
   */
  @Override
  public void run(StepOptimizer optimizer, long endStep, StepListener listener) {
    unusable = Elasticity.Unusable.NONE;
    int size = workers(optimizer.microBatches());
    while (optimizer.state().step() < endStep) {
      // Slots may have gone since the size was chosen, such as by a second notice of a spot
      // machine.
      int slots = slots();
      size = slots > 0 ? Math.min(size, slots) : size;
      Way way = exchange.way(size, optimizer.state().values().length);
      sayWay(way);
      Segment segment = new Segment(optimizer, endStep, size, listener, clock, way);
      current = Optional.of(segment);
      requireNotStopped();
      size = run(segment, optimizer, size, endStep);
    }
  }

  private void sayWay(Way way) {
    if (!said.equals(way.text())) {
      said = way.text();
      LOG.info("Gradients go in {} (--exchange, --exchange_dtype)", said);
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

  /** Marks when the running segment's workers had arrived, and when they had loaded the model. */
  public void markStart(StartTimes times) {
    current.ifPresent(
        segment -> {
          times.mark("workers", segment.lastArrival());
          times.mark("model", segment.lastJoin());
        });
  }

  /** Runs a segment; returns the number of workers the next one should have. */
  private int run(Segment segment, StepOptimizer optimizer, int size, long endStep) {
    int microBatches = optimizer.microBatches();
    long began = optimizer.state().step();
    Workers.Job job = workers.start(segment, size, endStep);
    try {
      return await(job, segment, new Elasticity(waits, size, microBatches, unusable), size);
    } catch (ExecutionException | CancellationException e) {
      requireNotStopped();
      segment.failure().ifPresent(SegmentRunner::rethrow);
      RunCancelledException.throwIfCancelled(optimizer.state().step(), e);
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
      job.cancel();
      sayStrangers();
    }
  }

  private void sayStrangers() {
    long closed = workers.strangersClosed();
    if (closed > saidStrangers) {
      saidStrangers = closed;
      warn(
          "Connections that did not show that they belong to this run, and were closed: " + closed);
    }
  }

  private int await(Workers.Job job, Segment segment, Elasticity elasticity, int size)
      throws ExecutionException {
    int next = size;
    boolean saidSlow = false;
    double over = Double.POSITIVE_INFINITY;
    try {
      while (!job.await(LOOK_EVERY_MILLIS)) {
        segment.failure().ifPresent(SegmentRunner::rethrow);
        if (segment.isOver()) {
          over = Math.min(over, now());
          if (now() - over > LEAVE_SECONDS) {
            // A worker that does not leave is on an executor whose loss Spark has not noticed
            // yet. It can no longer push.
            return next;
          }
          continue;
        }
        requireProgress(segment);
        saidSlow |= saySlow(segment, saidSlow);
        sayHardware(segment);
        next = resize(segment, elasticity, size).orElse(next);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    segment.failure().ifPresent(SegmentRunner::rethrow);
    requireNotStopped();
    if (!segment.isOver()) {
      throw new IllegalStateException("Segment ended at " + segment.waitingFor());
    }
    return next;
  }

  private void requireProgress(Segment segment) {
    if (segment.waitingSeconds() > patience) {
      throw new WorkersLostException(
          "Cannot go on: waited " + patience + " s (--worker_timeout) at " + segment.waitingFor());
    }
  }

  private OptionalInt resize(Segment segment, Elasticity elasticity, int size) {
    int slots = slots();
    if (segment.absentSeconds() == 0 && segment.executors().stream().anyMatch(workers::isLeaving)) {
      return leave(segment, elasticity.leave(now(), slots));
    }
    OptionalInt next =
        elasticity.look(now(), slots, segment.present(), segment.absentSeconds(), segment.isCold());
    if (next.isPresent()) {
      int to = next.getAsInt();
      String change =
          "From " + size + " to " + Count.of(to, "worker") + ", " + Count.of(slots, "slot");
      LOG.warn("{}, at {}", change, segment.waitingFor());
      incidents.accept(change);
      if (to < size) {
        unusable = unusable.again(Math.max(0, slots - to));
        segment.stop();
      } else {
        segment.endAfterThisStep();
      }
    }
    return next;
  }

  /** Leaves executors that will be taken away, between two steps. */
  private OptionalInt leave(Segment segment, OptionalInt next) {
    if (next.isPresent()) {
      segment.endAfterThisStep();
      warn(
          "Executors will be taken away: going on with "
              + Count.of(next.getAsInt(), "worker")
              + " after this step");
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

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Training interrupted", e);
  }

  @Override
  public void close() {
    workers.close();
  }
}
