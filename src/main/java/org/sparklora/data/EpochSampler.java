package org.sparklora.data;

import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;

/**
 * The order of the samples: epoch after epoch, each a shuffle of all of them that is a function of
 * (seed, epoch). Any position is found without walking there: the shuffle is a Feistel network over
 * the next power of four, walked until it lands on a sample (Black & Rogaway 2002, "Ciphers with
 * Arbitrary Finite Domains").
 */
public final class EpochSampler {
  private static final int ROUNDS = 6;

  private final long seed;
  private final long samples;
  private final int halfBits;

  /**
   * A sampler.
   *
   * @param samples number of samples, at least 1
   */
  public EpochSampler(long seed, long samples) {
    if (samples < 1) {
      throw new IllegalArgumentException("Invalid number of samples: " + samples);
    }
    this.seed = seed;
    this.samples = samples;
    int bits = Long.SIZE - Long.numberOfLeadingZeros(samples - 1);
    this.halfBits = Math.max(1, (bits + 1) / 2);
  }

  /** The epoch of a position. */
  public long epoch(long position) {
    return position / samples;
  }

  /**
   * The sample at a position of the endless sequence.
   *
   * @return an index from 0 to the number of samples
   */
  public long at(long position) {
    long epoch = epoch(position);
    long index = position % samples;
    do {
      index = permute(epoch, index);
    } while (index >= samples);
    return index;
  }

  private long permute(long epoch, long index) {
    long mask = (1L << halfBits) - 1;
    long left = index >>> halfBits;
    long right = index & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long key = ((long) round << 48) | right;
      long mixed = left ^ (KeyedRandom.of(seed, Purpose.SHUFFLE, epoch, key).bits() & mask);
      left = right;
      right = mixed;
    }
    return (left << halfBits) | right;
  }
}
