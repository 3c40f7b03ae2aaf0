package org.sparklora.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Draws the samples of the micro-batches that come next while the current one is computed. It
 * predicts them from the order of a worker's micro-batches. A sample is a function of its position,
 * so a wrong prediction costs a read, but never changes a result.
 *
 * <p>All workers of this process share the reading threads. An instance itself is used by one
 * thread.
 */
public final class DrawsAhead implements AutoCloseable {
  /** The most bytes of samples that each worker holds ahead. */
  static final long MOST_BYTES = 64L << 20;

  private static final int MOST_MICRO_BATCHES = 16;

  /** More threads than cores, because reading mostly waits for the store. */
  private static final int THREADS = Math.max(32, 4 * Runtime.getRuntime().availableProcessors());

  private static final ExecutorService READERS = readers();

  /**
   * Half of the cores draw ahead. The others compute, or exchange gradients. Samples are drawn in
   * the order in which they are asked for.
   */
  private static final Semaphore CORES =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);

  private record Place(long step, long slot) {}

  /** This worker's micro-batches, from {@code begin} to before {@code end}. */
  private record Range(int begin, int end) {
    static final Range UNKNOWN = new Range(0, 0);
  }

  private record MicroBatch(long step, int number) {
    MicroBatch next(Range range) {
      return number + 1 < range.end()
          ? new MicroBatch(step, number + 1)
          : new MicroBatch(step + 1, range.begin());
    }
  }

  private final SampleDraws draws;
  private final ExecutorService readers;
  private Map<Place, Future<DrawnSample>> coming = new HashMap<>();
  private Range range = Range.UNKNOWN;
  private long waitedNanos;

  public DrawsAhead(SampleDraws draws) {
    this(draws, READERS);
  }

  DrawsAhead(SampleDraws draws, ExecutorService readers) {
    this.draws = draws;
    this.readers = readers;
  }

  /** Tells which micro-batches of each step are asked for, in their order. */
  public void willAskFor(int begin, int end) {
    range = new Range(begin, end);
  }

  /** The samples of a micro-batch, in the order of their places. */
  public List<DrawnSample> of(long step, int microBatch) {
    long began = System.nanoTime();
    MicroBatch now = new MicroBatch(step, microBatch);
    Map<Place, Future<DrawnSample>> wanted = new HashMap<>();
    begin(now, wanted);
    List<DrawnSample> samples = new ArrayList<>();
    for (long slot : draws.slots(microBatch)) {
      samples.add(await(new Place(step, slot), wanted));
    }
    waitedNanos += System.nanoTime() - began;
    lookAhead(now, samples);
    return samples;
  }

  /** How long samples were waited for, in seconds, since this was made. */
  public double waitedSeconds() {
    return waitedNanos / 1e9;
  }

  private void lookAhead(MicroBatch now, List<DrawnSample> samples) {
    Map<Place, Future<DrawnSample>> kept = new HashMap<>();
    if (range.begin() <= now.number() && now.number() < range.end()) {
      long bytes = samples.stream().mapToLong(DrawnSample::bytes).sum();
      long count = Math.min(MOST_MICRO_BATCHES, Math.max(1, MOST_BYTES / Math.max(1, bytes)));
      MicroBatch next = now;
      for (long i = 0; i < count; i++) {
        next = next.next(range);
        begin(next, kept);
      }
    }
    // The remaining draws were predicted wrongly, or belong to earlier steps.
    coming.values().forEach(left -> left.cancel(false));
    coming = kept;
  }

  /** Keeps the draws of a micro-batch that have begun already, and begins the others. */
  private void begin(MicroBatch microBatch, Map<Place, Future<DrawnSample>> into) {
    for (long slot : draws.slots(microBatch.number())) {
      Place place = new Place(microBatch.step(), slot);
      Future<DrawnSample> known = coming.remove(place);
      into.put(place, known == null ? readers.submit(() -> ahead(place)) : known);
    }
  }

  private DrawnSample ahead(Place place) throws InterruptedException {
    SampleDraws.Read read = draws.read(place.step(), place.slot());
    CORES.acquire();
    try {
      return draws.draw(read, place.step(), place.slot());
    } finally {
      CORES.release();
    }
  }

  private DrawnSample await(Place place, Map<Place, Future<DrawnSample>> wanted) {
    try {
      return wanted.get(place).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Worker interrupted", e);
    } catch (ExecutionException e) {
      return draws.at(place.step(), place.slot()); // once more, here: it may have passed
    }
  }

  private static ExecutorService readers() {
    AtomicInteger number = new AtomicInteger();
    return Executors.newFixedThreadPool(
        THREADS,
        work -> {
          Thread thread = new Thread(work, "samples-ahead-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public void close() {
    coming.values().forEach(left -> left.cancel(false));
    coming.clear();
  }
}
