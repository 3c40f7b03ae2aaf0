package org.sparklora.spark.reduce;

import java.util.OptionalInt;

/**
 * Decides when a segment should give way to one of another size. Nothing is lost by that: the state
 * is the driver's, and the models stay loaded.
 */
public final class Elasticity {
  /**
   * How long things must last.
   *
   * @param absentSeconds without a worker, for Spark to start it elsewhere
   * @param spareSeconds of spare slots, so that executors that come one by one make one new segment
   * @param startSeconds without a worker before the run's first step: a new executor may be slow
   * @param retrySeconds after which a slot that got no task is tried again; doubled each time
   */
  public record Waits(
      double absentSeconds, double spareSeconds, double startSeconds, double retrySeconds) {
    public static final Waits DEFAULT = new Waits(15, 5, 60, 30);

    /** For tests in which nothing is slow. */
    Waits(double absentSeconds, double spareSeconds) {
      this(absentSeconds, spareSeconds, absentSeconds, DEFAULT.retrySeconds());
    }
  }

  /**
   * Slots that Spark counts and that got no task, as far as is known.
   *
   * @param count number of them
   * @param tries how often that was seen
   */
  record Unusable(int count, int tries) {
    static final Unusable NONE = new Unusable(0, 0);
    private static final int MOST_DOUBLINGS = 4;

    /** After the next time. */
    Unusable again(int slots) {
      return new Unusable(slots, tries + 1);
    }

    private double seconds(Waits waits) {
      int doublings = Math.max(0, Math.min(tries - 1, MOST_DOUBLINGS));
      return waits.retrySeconds() * (1 << doublings);
    }
  }

  private final Waits waits;
  private final int workers;
  private final int microBatches;
  private final Unusable unusable;
  private int slots;
  private double slotsSince;
  private double began = Double.NaN;
  private OptionalInt told = OptionalInt.empty();

  /**
   * @param workers of the segment
   * @param unusable what is known of slots that get no task
   */
  Elasticity(Waits waits, int workers, int microBatches, Unusable unusable) {
    this.waits = waits;
    this.workers = workers;
    this.microBatches = microBatches;
    this.unusable = unusable;
    this.slots = workers;
  }

  /**
   * Looks at where things stand. A size is told once: the step under way may take long to end.
   *
   * @param now seconds on any clock
   * @param slots all that Spark has
   * @param present workers that are connected
   * @param absentSeconds how long one has not been
   * @param cold whether the run has not completed a step yet
   * @return the size that the next segment should have, if another than was told before
   */
  OptionalInt look(double now, int slots, int present, double absentSeconds, boolean cold) {
    OptionalInt size = size(now, slots, present, absentSeconds, cold);
    if (size.isEmpty() || size.equals(told)) {
      return OptionalInt.empty();
    }
    told = size;
    return size;
  }

  private OptionalInt size(double now, int slots, int present, double absentSeconds, boolean cold) {
    if (Double.isNaN(began)) {
      began = now;
    }
    if (slots != this.slots) {
      this.slots = slots;
      this.slotsSince = now;
    }
    if (absentSeconds > 0) {
      // Where slots are left and yet no task came to run there, they are of no use.
      int rest = slots < workers ? slots : present;
      double patience = cold ? waits.startSeconds() : waits.absentSeconds();
      return absentSeconds >= patience && present > 0 && rest > 0 && rest < workers
          ? OptionalInt.of(rest)
          : OptionalInt.empty();
    }
    boolean again = now - began >= unusable.seconds(waits);
    int more = Math.min(again ? slots : slots - unusable.count(), microBatches);
    return more > workers
            && microBatchesEach(more) < microBatchesEach(workers)
            && now - slotsSince >= waits.spareSeconds()
        ? OptionalInt.of(more)
        : OptionalInt.empty();
  }

  private int microBatchesEach(int workers) {
    return (microBatches + workers - 1) / workers;
  }
}
