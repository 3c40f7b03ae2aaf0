package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Every bit is that of StrictMath, on any processor. */
class BoxMullerTest {
  private static final double ULP = 0x1p-53;
  private static final int DRAWS = 300_000;

  @Test
  void randomNumbersHaveTheBitsOfStrictMath() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < DRAWS; i++) {
      requireSame((random.nextLong() >>> 11) * ULP, (random.nextLong() >>> 11) * ULP);
    }
  }

  /** Where the polynomials change, and where fdlibm takes other paths. */
  @Test
  void numbersNextToEverySpecialOneHaveTheBitsOfStrictMath() {
    for (int power = 1; power <= 53; power++) {
      around(1 - Math.scalb(1.0, -power));
      around(Math.scalb(1.0, -power));
      around(1 - Math.scalb(Math.sqrt(2), -power));
    }
    for (int part = 0; part <= 64; part++) {
      around(part / 64.0);
      around((part + 0.3 / (Math.PI / 2)) / 64);
    }
    for (double angle : new double[] {0.3, 0.78125, 0x1p-27, Math.PI / 4, 3 * Math.PI / 4}) {
      for (int quarter = 0; quarter < 4; quarter++) {
        around(angle / (2 * Math.PI) + quarter / 4.0);
      }
    }
  }

  private static void around(double uniform) {
    long at = Math.round(uniform / ULP);
    for (long near = at - 300; near <= at + 300; near++) {
      requireSameAt(near);
    }
    for (int power = 10; power < 45; power++) {
      for (long near : new long[] {at - (1L << power), at + (1L << power)}) {
        requireSameAt(near);
      }
    }
  }

  private static void requireSameAt(long number) {
    if (number >= 0 && number < 1L << 53) {
      requireSame(number * ULP, number * ULP);
      requireSame(0.4, number * ULP);
    }
  }

  private static void requireSame(double first, double second) {
    double[] pair = new double[2];
    BoxMuller.draw(first, second, pair);
    double radius = StrictMath.sqrt(-2 * StrictMath.log(1 - first));
    double angle = 2 * Math.PI * second;
    if (bits(pair[0]) != bits(radius * StrictMath.cos(angle))
        || bits(pair[1]) != bits(radius * StrictMath.sin(angle))) {
      assertThat(pair)
          .as("of %s and %s", first, second)
          .containsExactly(radius * StrictMath.cos(angle), radius * StrictMath.sin(angle));
    }
  }

  private static long bits(double x) {
    return Double.doubleToRawLongBits(x);
  }
}
