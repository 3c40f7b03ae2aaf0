package org.sparklora.data.order;

import java.util.function.LongUnaryOperator;
import java.util.stream.LongStream;

/**
 * Held-out samples in batches of one size each. A batch's samples do not depend on who computes it.
 */
public final class HeldOutBatches {
  private final long[] sizes;
  private final int batch;
  private final LongUnaryOperator places;

  private HeldOutBatches(long[] sizes, int batch, LongUnaryOperator places) {
    this.sizes = sizes.clone();
    this.batch = batch;
    this.places = places;
  }

  /** All samples of a separate cache. */
  public static HeldOutBatches all(long[] sizes, int batch) {
    return new HeldOutBatches(sizes, batch, LongUnaryOperator.identity());
  }

  /** The held-out samples of the training cache. */
  public static HeldOutBatches of(HeldOutSplit split, int batch) {
    return new HeldOutBatches(split.heldOutSizes(), batch, split::heldOut);
  }

  /** Number of samples. */
  public long samples() {
    return LongStream.of(sizes).sum();
  }

  /** Number of batches. */
  public int count() {
    return Math.toIntExact(LongStream.of(sizes).map(this::batches).sum());
  }

  /** The places in the cache of a batch's samples. */
  public long[] places(int number) {
    long rest = number;
    long first = 0;
    for (long size : sizes) {
      if (rest < batches(size)) {
        long begin = first + rest * batch;
        return LongStream.range(begin, Math.min(begin + batch, first + size)).map(places).toArray();
      }
      rest -= batches(size);
      first += size;
    }
    throw new IndexOutOfBoundsException("Invalid batch: " + number);
  }

  private long batches(long size) {
    return (size + batch - 1) / batch;
  }
}
