package org.sparklora.spark.validation;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.order.HeldOutBatches;
import org.sparklora.pipeline.request.ValidationConfig;
import org.sparklora.report.event.RunEvent;
import org.sparklora.report.event.RunEvent.ValidationPicture;
import org.sparklora.report.event.RunEvents;
import org.sparklora.spark.failure.RunCancelledException;
import org.sparklora.spark.reduce.SegmentRunner;
import org.sparklora.spark.run.TrainingData;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.loop.Milestones;
import org.sparklora.train.step.AdapterState;
import org.sparklora.util.Count;
import org.sparklora.util.FirstCause;
import org.sparklora.util.Redaction;
import org.sparklora.util.Times;

/**
 * Validates the adapter while it is trained: draws pictures and computes the held-out loss.
 *
 * <p>If the cluster has slots that training does not use, they do this while training goes on.
 * Otherwise all slots do this between two segments. That delays training less than training with
 * one worker fewer. A validation that fails is reported as an incident and does not stop the run.
 */
public final class Validation implements Milestones, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Validation.class);
  private static final long LEAVE_SECONDS = 10;
  private static final long MOST_COUNTED = 100_000;

  /** The source of pictures. */
  interface Pictures {
    /** The number of pictures; 0 if nothing is to be drawn. */
    int count();

    /**
     * Draws the pictures with the adapter and, once a run, without it.
     *
     * @param slots how many tasks may draw at once
     */
    List<ValidationPicture> draw(long step, float[] values, int slots)
        throws IOException, ExecutionException, InterruptedException, TimeoutException;
  }

  private final ValidationConfig.Every every;
  private final BatchConfig batch;
  private final JavaSparkContext spark;
  private final SegmentRunner runner;
  private final TrainingData data;
  private final Pictures pictures;
  private final RunEvents events;
  private final ExecutorService beside =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "validation");
            thread.setDaemon(true);
            return thread;
          });
  private Future<?> running = CompletableFuture.completedFuture(null);

  public Validation(
      ValidationConfig.Every every,
      BatchConfig batch,
      JavaSparkContext spark,
      SegmentRunner runner,
      TrainingData data,
      Pictures pictures,
      RunEvents events) {
    this.every = every;
    this.batch = batch;
    this.spark = spark;
    this.runner = runner;
    this.data = data;
    this.pictures = pictures;
    this.events = events;
  }

  private boolean isWanted() {
    return pictures.count() > 0 || data.heldOutBatches().isPresent();
  }

  @Override
  public long after(long step) {
    if (!isWanted()) {
      return Long.MAX_VALUE;
    }
    long samplesPerStep = (long) batch.microBatches() * batch.trainBatchSize();
    return every.after(step, data.order().epochSlots(), samplesPerStep);
  }

  /** The number of validations after a step, including the one at the end of the run. */
  public long times(long step, long steps) {
    if (!isWanted()) {
      return 0;
    }
    long times = 1;
    for (long at = after(step); at < steps && times < MOST_COUNTED; at = after(at)) {
      times++;
    }
    return times;
  }

  /** Computes the held-out loss of the base model, to compare with. */
  @Override
  public void first(AdapterState state) throws IOException {
    if (data.heldOutBatches().isPresent()) {
      validate(state, slots(), false);
    }
  }

  /** Validates, beside training if there are slots for it. */
  @Override
  public void at(AdapterState state) throws IOException {
    int free = runner.freeSlots(batch.microBatches());
    if (free == 0) {
      validate(state, slots(), true);
    } else if (running.isDone()) {
      running =
          beside.submit(
              () -> {
                try {
                  validate(state, free, true);
                } catch (IOException | RuntimeException | Error e) {
                  incident(state.step(), failed(state.step(), e));
                }
              });
    } else {
      incident(
          state.step(),
          "No validation at step "
              + state.step()
              + ": the one before it is not done; give a"
              + " larger --validation_steps, or more slots");
    }
  }

  /** Validates when training is done. Returns the pictures, or none if that failed. */
  public List<ValidationPicture> last(AdapterState state) throws IOException {
    try {
      running.get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      LOG.debug("Told already", e);
    }
    return isWanted() ? validate(state, slots(), true) : List.of();
  }

  private int slots() {
    return runner.workers(Integer.MAX_VALUE);
  }

  private List<ValidationPicture> validate(AdapterState state, int slots, boolean draw)
      throws IOException {
    long step = state.step();
    long began = System.nanoTime();
    LOG.info(
        "Validating at step {}: {} to draw{}, {}",
        step,
        Count.of(draw ? pictures.count() : 0, "picture"),
        data.heldOutBatches().isPresent() ? " and a held-out loss to compute" : "",
        Count.of(slots, "worker"));
    try {
      OptionalDouble loss = heldOutLoss(state, slots);
      List<ValidationPicture> drawn = draw ? pictures.draw(step, state.values(), slots) : List.of();
      double seconds = (System.nanoTime() - began) / 1e9;
      LOG.info(
          "Validation at step {}:{} {}, {}",
          step,
          loss.isPresent()
              ? String.format(Locale.ROOT, " held-out loss %.4f,", loss.getAsDouble())
              : "",
          Count.of(drawn.size(), "picture"),
          Times.span(seconds));
      events.add(new RunEvent.Validated(Instant.now(), step, seconds, loss, drawn));
      return drawn;
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException | TimeoutException | RuntimeException e) {
      if (spark.sc().isStopped()) {
        throw new IllegalStateException("Spark has stopped", e);
      }
      RunCancelledException.throwIfCancelled(step, e);
      incident(step, failed(step, e));
      return List.of();
    }
  }

  private OptionalDouble heldOutLoss(AdapterState state, int slots)
      throws ExecutionException, InterruptedException, TimeoutException {
    if (data.heldOutBatches().isEmpty()) {
      return OptionalDouble.empty();
    }
    HeldOutBatches batches = data.heldOutBatches().get();
    double sum = 0;
    for (double loss : runner.heldOutLosses(state, batches.count(), slots)) {
      sum += loss;
    }
    return OptionalDouble.of(sum / batches.samples());
  }

  private static String failed(long step, Throwable e) {
    return "Validation at step " + step + " failed: " + FirstCause.of(e);
  }

  private void incident(long step, String what) {
    LOG.warn("{}", Redaction.text(what));
    events.add(new RunEvent.Incident(Instant.now(), step, Redaction.text(what)));
  }

  private static IllegalStateException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new IllegalStateException("Validation interrupted", e);
  }

  @Override
  public void close() {
    beside.shutdownNow();
    try {
      beside.awaitTermination(LEAVE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
