package org.sparklora.spark;

import java.io.Serializable;
import java.util.BitSet;
import org.sparklora.data.EpochSampler;

/**
 * The rows that {@code --max_train_samples} leaves: the first of a shuffle.
 *
 * @param all whether nothing is left out
 * @param chosen the rows, where something is
 */
record SampleSelection(boolean all, long size, BitSet chosen) implements Serializable {
  static SampleSelection of(long seed, long rows, long most) {
    if (most >= rows) {
      return new SampleSelection(true, rows, new BitSet());
    }
    EpochSampler shuffle = new EpochSampler(seed, rows);
    BitSet chosen = new BitSet();
    for (long i = 0; i < most; i++) {
      chosen.set(Math.toIntExact(shuffle.at(i)));
    }
    return new SampleSelection(false, most, chosen);
  }

  boolean has(long row) {
    return all || chosen.get(Math.toIntExact(row));
  }
}
