package org.sparklora.data.order;

import java.util.OptionalLong;

/**
 * The rows that {@code --max_train_samples} keeps: the first n of all rows after a shuffle by the
 * seed. No list of rows is kept.
 */
public final class TrainSubset {
  /**
   * The epoch number of this shuffle. No epoch of training has it, so the shuffle differs from
   * those of training.
   */
  private static final long BEFORE_TRAINING = -1;

  private final KeyedPermutation shuffle;
  private final long rows;
  private final long kept;

  public TrainSubset(long seed, long rows, OptionalLong maxTrainSamples) {
    this.shuffle = new KeyedPermutation(seed, BEFORE_TRAINING, rows);
    this.rows = rows;
    this.kept = Math.min(rows, maxTrainSamples.orElse(rows));
  }

  /** The number of rows that are kept. */
  public long size() {
    return kept;
  }

  /** Whether a row is kept. */
  public boolean contains(long row) {
    return kept == rows || shuffle.positionOf(row) < kept;
  }
}
