package org.sparklora.data.order;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Samples that are left out of training ({@code --validation_split}): for each size, the first of
 * its samples after a shuffle by the seed. No list of samples is kept.
 */
public final class HeldOutSplit {
  /**
   * Shuffles here use this epoch number and smaller ones; epochs and {@link TrainSubset} do not.
   */
  private static final long FIRST_SHUFFLE = -2;

  private final long seed;
  private final long[] sizes;
  private final long[] heldOut;

  /**
   * A split.
   *
   * @param sizes number of samples of each size, in the cache's order
   * @param fraction of each size, 0 to 1, rounded to samples; at least one sample stays for
   *     training
   */
  public HeldOutSplit(long seed, long[] sizes, double fraction) {
    this(seed, sizes, fraction, size -> true);
  }

  /**
   * A split of some of the sizes.
   *
   * @param split whether samples of a size, by its number, are held out
   */
  HeldOutSplit(long seed, long[] sizes, double fraction, IntPredicate split) {
    this.seed = seed;
    this.sizes = sizes.clone();
    this.heldOut = new long[sizes.length];
    Arrays.setAll(
        heldOut, i -> split.test(i) ? Math.min(Math.round(sizes[i] * fraction), sizes[i] - 1) : 0);
  }

  /** Number of held-out samples of each size. */
  public long[] heldOutSizes() {
    return heldOut.clone();
  }

  /** Number of samples of each size that are trained on. */
  public long[] trainingSizes() {
    long[] training = sizes.clone();
    Arrays.setAll(training, i -> sizes[i] - heldOut[i]);
    return training;
  }

  /**
   * A held-out sample's place in the cache.
   *
   * @param index among the held-out ones, by size
   */
  public long heldOut(long index) {
    return place(index, heldOut, new long[sizes.length]);
  }

  /**
   * A training sample's place in the cache.
   *
   * @param index among the training samples, by size
   */
  public long training(long index) {
    return place(index, trainingSizes(), heldOut);
  }

  private long place(long index, long[] counts, long[] firstPositions) {
    long rest = index;
    long first = 0;
    for (int i = 0; i < sizes.length; i++) {
      if (rest < counts[i]) {
        KeyedPermutation shuffle = new KeyedPermutation(seed, FIRST_SHUFFLE - i, sizes[i]);
        return first + shuffle.at(firstPositions[i] + rest);
      }
      rest -= counts[i];
      first += sizes[i];
    }
    throw new IndexOutOfBoundsException("Invalid sample: " + index);
  }
}
