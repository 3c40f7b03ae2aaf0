package org.sparklora.data.order;

import org.sparklora.data.cache.LatentCache;

/**
 * The endless order in which a run is trained on its samples. The sample of any slot can be
 * computed at any time, so a worker needs no history.
 */
public interface SampleOrder {
  /**
   * The sample of a slot.
   *
   * @param slot {@code (step * M + microBatch) * batch + j}
   * @return its place in the {@link LatentCache}
   */
  long at(long slot);

  /** The epoch of a slot, from 0. */
  long epoch(long slot);

  /**
   * The number by which random choices for a slot's sample are drawn, such as its flip. It differs
   * between the appearances of a sample; where an epoch has each sample once it is the epoch.
   */
  default long round(long slot) {
    return epoch(slot);
  }

  /** Whether a slot's sample is for regularisation, so that its loss has a weight of its own. */
  default boolean isRegularisation(long slot) {
    return false;
  }

  /** Number of slots of an epoch. */
  long epochSlots();

  /**
   * The order of a run: {@link EpochSampler} for samples of one size, {@link BucketSampler} for
   * several.
   *
   * @param sizes number of samples of each size, in the cache's order
   * @param batch samples of a micro-batch
   */
  static SampleOrder of(long seed, long[] sizes, int batch) {
    return sizes.length == 1
        ? new EpochSampler(seed, sizes[0])
        : new BucketSampler(seed, sizes, batch);
  }

  /**
   * The order of a run that pairs every sample with one of another data set.
   *
   * @param samples number of samples of this data set, all of one size
   * @param others number of samples of the other
   */
  static SampleOrder beside(long seed, long samples, long others) {
    return new RepeatedOrder(new EpochSampler(seed, Math.max(samples, others)), samples);
  }
}
