package org.sparklora.data;

/**
 * The order in which samples are trained on: every epoch is all of them once, shuffled by (seed,
 * epoch). Any position can be asked for at any time, so a worker needs no history.
 */
public final class EpochSampler {
  private final long seed;
  private final long samples;

  /**
   * The order for a run.
   *
   * @param samples number of samples, at least 1
   */
  public EpochSampler(long seed, long samples) {
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
  public long at(long position) {
    return new KeyedPermutation(seed, epoch(position), samples).at(position % samples);
  }

  /** The epoch of a position, from 0. */
  public long epoch(long position) {
    return position / samples;
  }
}
