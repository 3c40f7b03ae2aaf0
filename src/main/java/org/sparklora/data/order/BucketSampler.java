package org.sparklora.data.order;

import java.util.Arrays;

/**
 * The order of samples of several sizes. An epoch has all samples, in micro-batches of one size
 * each. Samples are shuffled within their size by (seed, epoch), and micro-batches are shuffled
 * over the epoch. The last micro-batch of a size is filled up with the size's first samples of that
 * epoch.
 */
final class BucketSampler implements SampleOrder {
  /**
   * Each size is shuffled with an epoch number of its own, far from those of other sizes and
   * epochs.
   */
  private static final int EPOCH_BITS = 40;

  private final long seed;
  private final int batch;
  private final long[] sizes;

  /** For each size, the number of its first sample and of its first micro-batch; then the ends. */
  private final long[] firstSamples;

  private final long[] firstBatches;

  /**
   * The order for a run.
   *
   * @param sizes number of samples of each size, at least 1 each
   * @param batch samples of a micro-batch
   */
  BucketSampler(long seed, long[] sizes, int batch) {
    this.seed = seed;
    this.batch = batch;
    this.sizes = sizes.clone();
    this.firstSamples = new long[sizes.length + 1];
    this.firstBatches = new long[sizes.length + 1];
    for (int i = 0; i < sizes.length; i++) {
      if (sizes[i] < 1) {
        throw new IllegalArgumentException("Invalid samples: " + sizes[i] + ", must be at least 1");
      }
      firstSamples[i + 1] = firstSamples[i] + sizes[i];
      firstBatches[i + 1] = firstBatches[i] + (sizes[i] + batch - 1) / batch;
    }
  }

  @Override
  public long at(long slot) {
    long epoch = epoch(slot);
    long batches = firstBatches[sizes.length];
    long number = new KeyedPermutation(seed, epoch, batches).at(slot / batch % batches);
    int size = Arrays.binarySearch(firstBatches, number);
    if (size < 0) {
      size = -size - 2;
    }
    long position = ((number - firstBatches[size]) * batch + slot % batch) % sizes[size];
    long shuffle = ((size + 1L) << EPOCH_BITS) + epoch;
    return firstSamples[size] + new KeyedPermutation(seed, shuffle, sizes[size]).at(position);
  }

  @Override
  public long epoch(long slot) {
    return slot / epochSlots();
  }

  @Override
  public long epochSlots() {
    return firstBatches[sizes.length] * batch;
  }
}
