package org.sparklora.train.optimizer;

import java.util.stream.IntStream;

/**
 * Spreads work over a long vector over the driver's cores. Pieces have a fixed size, and the parts
 * of a sum are added in order, so results do not depend on the number of cores.
 */
public final class Chunks {
  private static final int LENGTH = 1 << 16;

  /** Work on the values from {@code from} to {@code to}, exclusive. */
  @FunctionalInterface
  public interface Work {
    void on(int from, int to);
  }

  /** A sum over the values from {@code from} to {@code to}, exclusive. */
  @FunctionalInterface
  interface Sum {
    double of(int from, int to);
  }

  private Chunks() {}

  /** Does the work on all pieces of {@code length} values. */
  public static void forEach(int length, Work work) {
    if (length <= LENGTH) {
      work.on(0, length);
      return;
    }
    IntStream.range(0, count(length))
        .parallel()
        .forEach(chunk -> work.on(chunk * LENGTH, end(chunk, length)));
  }

  /** The sum over {@code length} values. */
  static double sum(int length, Sum part) {
    double[] parts = new double[count(length)];
    IntStream.range(0, parts.length)
        .parallel()
        .forEach(chunk -> parts[chunk] = part.of(chunk * LENGTH, end(chunk, length)));
    double sum = 0;
    for (double value : parts) {
      sum += value;
    }
    return sum;
  }

  private static int count(int length) {
    return (int) (((long) length + LENGTH - 1) / LENGTH);
  }

  private static int end(int chunk, int length) {
    return (int) Math.min(length, (chunk + 1L) * LENGTH);
  }
}
