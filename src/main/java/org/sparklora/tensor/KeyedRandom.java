package org.sparklora.tensor;

/**
 * A stream of random numbers that is a function of (seed, purpose, epoch or step, sample), so
 * numbers do not depend on the worker, the thread or earlier draws.
 *
 * <p>Two {@link Philox} blocks turn the key into the stream's own 128 bits: streams of one seed and
 * purpose never share bits, because a block is a bijection. The bits are the same on every JVM. Not
 * thread-safe.
 */
public final class KeyedRandom {
  /** The purpose of the numbers. Its code is part of the key, so it must never change. */
  public enum Purpose {
    NOISE(1),
    NOISE_OFFSET(2),
    TIMESTEP(3),
    POSTERIOR(4),
    SHUFFLE(5),
    FLIP(6),
    CROP(7),
    CAPTION(8),
    CAPTION_DROPOUT(9),
    LORA_DROPOUT(10),
    LORA_INIT(11),
    SAMPLING(12),
    INPUT_PERTURBATION(13),
    MULTIRES_NOISE(14),
    CAPTION_SHUFFLE(15),
    CAPTION_TAG_DROPOUT(16),
    HELD_OUT(17),
    CAPTION_TEMPLATE(18),
    INNER_DROPOUT(19),
    WILDCARD(20),
    SEARCH(21);

    private final int code;

    Purpose(int code) {
      this.code = code;
    }
  }

  private static final double ULP = 0x1p-53;

  private final long key;
  private final long streamId;
  private long nextBlock;
  private long spare;
  private boolean hasSpare;

  private KeyedRandom(long key, long streamId) {
    this.key = key;
    this.streamId = streamId;
  }

  /**
   * A fresh stream.
   *
   * @param seed the run's {@code --seed}
   * @param purpose of the numbers
   * @param a epoch or step
   * @param b sample id or index
   */
  public static KeyedRandom of(long seed, Purpose purpose, long a, long b) {
    long purposeKey = Philox.block(seed, purpose.code, 0).first();
    Philox.Block stream = Philox.block(purposeKey, a, b);
    return new KeyedRandom(stream.first(), stream.second());
  }

  /** 64 uniform bits. */
  public long bits() {
    if (hasSpare) {
      hasSpare = false;
      return spare;
    }
    Philox.Block block = Philox.block(key, nextBlock++, streamId);
    spare = block.second();
    hasSpare = true;
    return block.first();
  }

  /** Uniform in [0, 1), with 53 bits. */
  public double uniform() {
    return (bits() >>> 11) * ULP;
  }

  /**
   * Uniform in 0..bound-1, unbiased: draws from the last, incomplete range of {@code bound} values
   * are discarded.
   *
   * @throws IllegalArgumentException when {@code bound} is not positive
   */
  public long below(long bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("Invalid bound: " + bound + ", must be positive");
    }
    while (true) {
      long draw = bits() >>> 1;
      long result = draw % bound;
      boolean runIsComplete = draw - result <= Long.MAX_VALUE - (bound - 1);
      if (runIsComplete) {
        return result;
      }
    }
  }

  /**
   * Draws from N(0, 1) by the transform of {@link BoxMuller}, in double precision with the bits of
   * {@link StrictMath}, rounded to float.
   *
   * @param n number of values
   */
  public float[] normals(int n) {
    float[] values = new float[n];
    double[] pair = new double[2];
    for (int i = 0; i < n; i += 2) {
      BoxMuller.draw(uniform(), uniform(), pair);
      values[i] = (float) pair[0];
      if (i + 1 < n) {
        values[i + 1] = (float) pair[1];
      }
    }
    return values;
  }
}
