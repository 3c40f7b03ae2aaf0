package org.sparklora.data.order;

/**
 * The order of samples of one size. Every epoch has each sample once, shuffled by (seed, epoch).
 */
final class EpochSampler implements SampleOrder {
  private final long seed;
  private final long samples;

  /**
   * The order for a run.
   *
   * @param samples number of samples, at least 1
   */
  EpochSampler(long seed, long samples) {
    if (samples < 1) {
      throw new IllegalArgumentException("Invalid samples: " + samples + ", must be at least 1");
    }
    this.seed = seed;
    this.samples = samples;
  }

  /**
   * The sample at a position of the whole training.
   *
   * @param position {@code (step * M + microBatch) * batch + j}; a batch may span two epochs
   * @return an index in 0..samples-1
   */
  @Override
  public long at(long position) {
    return new KeyedPermutation(seed, epoch(position), samples).at(position % samples);
  }

  @Override
  public long epoch(long position) {
    return position / samples;
  }

  @Override
  public long epochSlots() {
    return samples;
  }
}
