package org.sparklora.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Damages files for fuzz tests: a few bytes, copied ranges, extreme numbers, a cut end. */
public final class Damage {
  private static final byte[][] EXTREMES = {
    {0, 0, 0, 0},
    {-1, -1, -1, -1},
    {-1, -1, -1, 127},
    {-1, -1, -1, -1, -1, -1, -1, 127},
    {0, 0, 0, 0, 1, 0, 0, 0},
    "9223372036854775807".getBytes(StandardCharsets.US_ASCII),
    "[[[[[[[[".getBytes(StandardCharsets.US_ASCII),
    "(((()))R".getBytes(StandardCharsets.US_ASCII),
  };

  private Damage() {}

  /** A copy of the file with damage between {@code begin} and {@code end}. */
  public static byte[] of(byte[] file, int begin, int end, SplittableRandom random) {
    byte[] bytes = file.clone();
    int times = random.nextInt(1, 5);
    for (int i = 0; i < times; i++) {
      int at = random.nextInt(begin, end);
      switch (random.nextInt(6)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes[at] += (byte) random.nextInt(-2, 3);
        case 3 -> {
          byte[] extreme = EXTREMES[random.nextInt(EXTREMES.length)];
          int count = Math.min(extreme.length, bytes.length - at);
          System.arraycopy(extreme, 0, bytes, at, count);
        }
        case 4 -> {
          int from = random.nextInt(begin, end);
          int count = Math.min(random.nextInt(1, 40), Math.min(end - at, end - from));
          System.arraycopy(file, from, bytes, at, count);
        }
        default -> {
          // Rarely, or most files would be refused for their length alone.
          if (random.nextInt(10) == 0) {
            return Arrays.copyOf(bytes, at);
          }
        }
      }
    }
    return bytes;
  }
}
