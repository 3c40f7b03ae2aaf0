package org.sparklora.spark;

import java.util.OptionalInt;

/**
 * Decides when a segment should give way to one of another size. Nothing is lost by that: the state
 * is the driver's, and the models stay loaded.
 */
final class Elasticity {
  /**
   * How long things must last.
   *
   * @param absentSeconds without a worker, for Spark to start it elsewhere
   * @param spareSeconds of spare slots, so that executors that come one by one make one new segment
   */
  record Waits(double absentSeconds, double spareSeconds) {
    static final Waits DEFAULT = new Waits(15, 5);
  }

  private final Waits waits;
  private final int workers;
  private final int microBatches;
  private final int unusable;
  private int slots;
  private double slotsSince;

  /**
   * @param workers of the segment
   * @param unusable slots that Spark counts and gives no task
   */
  Elasticity(Waits waits, int workers, int microBatches, int unusable) {
    this.waits = waits;
    this.workers = workers;
    this.microBatches = microBatches;
    this.unusable = unusable;
    this.slots = workers;
  }

  /**
   * Looks at where things stand.
   *
   * @param now seconds on any clock
   * @param slots all that Spark has
   * @param present workers that are connected
   * @param absentSeconds how long one has not been
   * @return the size that the next segment should have, if another
   */
  OptionalInt look(double now, int slots, int present, double absentSeconds) {
    if (slots != this.slots) {
      this.slots = slots;
      this.slotsSince = now;
    }
    if (absentSeconds > 0) {
      // Where slots are left and yet no task came to run there, they are of no use.
      int rest = slots < workers ? slots : present;
      return absentSeconds >= waits.absentSeconds() && present > 0 && rest > 0 && rest < workers
          ? OptionalInt.of(rest)
          : OptionalInt.empty();
    }
    int more = Math.min(slots - unusable, microBatches);
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
