package org.sparklora.spark.reduce;

import java.util.OptionalInt;

/**
 * Decides when a segment should end so that one of another size can follow. No work is lost,
 * because the driver holds the state and the models stay loaded.
 */
public final class Elasticity {
  /**
   * How long a condition must last before it counts.
   *
   * @param absentSeconds that a worker may be missing while Spark starts it elsewhere
   * @param spareSeconds that slots must be spare, so that executors that come one by one make one
   *     new segment
   * @param startSeconds that a worker may be missing before a segment's first step, because a new
   *     executor may be slow
   * @param retrySeconds after which a slot that got no task is tried again; doubled each time
   */
  public record Waits(
      double absentSeconds, double spareSeconds, double startSeconds, double retrySeconds) {
    public static final Waits DEFAULT = new Waits(15, 5, 60, 30);
  }

  /**
   * Slots that Spark counts although no task was ever started on them.
   *
   * @param count number of them
   * @param tries how often this was seen
   */
  record Unusable(int count, int tries) {
    static final Unusable NONE = new Unusable(0, 0);
    private static final int MOST_DOUBLINGS = 4;

    /** The same after this was seen once more. */
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
  private OptionalInt toldLeaving = OptionalInt.empty();

  /**
   * @param workers of the segment
   * @param unusable slots that are known to get no task
   */
  Elasticity(Waits waits, int workers, int microBatches, Unusable unusable) {
    this.waits = waits;
    this.workers = workers;
    this.microBatches = microBatches;
    this.unusable = unusable;
    this.slots = workers;
  }

  /**
   * Compares the segment with the slots that there are now. Each size is returned only once,
   * because the step in progress may take long to end.
   *
   * @param now seconds on any clock
   * @param slots number of all slots that Spark has
   * @param present workers that are connected
   * @param absentSeconds how long a worker has not been connected
   * @param cold whether the segment has not completed a step yet
   * @return the number of workers of the next segment; empty if this segment should go on, or if
   *     that number was returned before
   */
  OptionalInt look(double now, int slots, int present, double absentSeconds, boolean cold) {
    OptionalInt size = size(now, slots, present, absentSeconds, cold);
    if (size.isEmpty() || size.equals(told)) {
      return OptionalInt.empty();
    }
    told = size;
    return size;
  }

  /**
   * Decides for a segment some of whose executors will be taken away. Others may come in their
   * place, so the number of slots must have been the same for a while.
   *
   * @param slots number of all slots but those that will be taken away
   * @return the number of workers of the segment that should follow after the step in progress;
   *     empty if this segment should go on, or if that number was returned before
   */
  OptionalInt leave(double now, int slots) {
    see(now, slots);
    OptionalInt size =
        slots > 0 && now - slotsSince >= waits.spareSeconds()
            ? OptionalInt.of(Math.min(slots, microBatches))
            : OptionalInt.empty();
    if (size.isEmpty() || size.equals(toldLeaving)) {
      return OptionalInt.empty();
    }
    toldLeaving = size;
    return size;
  }

  private void see(double now, int slots) {
    if (slots != this.slots) {
      this.slots = slots;
      this.slotsSince = now;
    }
  }

  private OptionalInt size(double now, int slots, int present, double absentSeconds, boolean cold) {
    if (Double.isNaN(began)) {
      began = now;
    }
    see(now, slots);
    if (absentSeconds > 0) {
      // If slots stay free although a task waits for one, these slots cannot be used.
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
