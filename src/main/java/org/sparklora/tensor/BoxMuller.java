package org.sparklora.tensor;

/**
 * The transform of Box and Muller (1958): two uniform numbers become two of N(0, 1), in double
 * precision.
 *
 * <p>Logarithm, sine and cosine have the bits of {@link StrictMath}. Their polynomials and their
 * order of operations are those of fdlibm 5.3 (e_log.c, k_sin.c, k_cos.c, e_rem_pio2.c). A call of
 * StrictMath leaves Java, and it reduces the angle once for the sine and once for the cosine. Rare
 * arguments, for which fdlibm takes other paths, are left to StrictMath.
 */
final class BoxMuller {
  private static final double TWO_PI = 2 * Math.PI;

  /** The natural logarithm of 2, in two parts. The first one has 32 bits. */
  private static final double LN2_HIGH = 0.6931471803691238;

  private static final double LN2_LOW = 1.9082149292705877e-10;

  /** A quarter turn, in two parts. The first one has 33 bits. */
  private static final double QUARTER_HIGH = 1.5707963267341256;

  private static final double QUARTER_LOW = 6.077100506506192e-11;
  private static final double QUARTERS = 0.6366197723675814;

  /** High words of an eighth of a turn, and of one to four quarters. */
  private static final int EIGHTH = 0x3fe921fb;

  private static final int ONE_QUARTER = 0x3ff921fb;
  private static final int TWO_QUARTERS = 0x400921fb;
  private static final int THREE_QUARTERS = 0x4012d97c;
  private static final int FOUR_QUARTERS = 0x401921fb;

  /** The high word of 2^-27: below it sine and cosine are the first terms of their series. */
  private static final int TINY = 0x3e400000;

  private BoxMuller() {}

  /**
   * Draws two numbers.
   *
   * @param first uniform in [0, 1), a multiple of 2^-53, as the second
   * @param pair gets the numbers
   */
  static void draw(double first, double second, double[] pair) {
    double radius = Math.sqrt(-2 * log(1 - first));
    double angle = TWO_PI * second;
    int high = high(angle);
    if (high < TINY || isNearQuarter(high)) {
      pair[0] = radius * StrictMath.cos(angle);
      pair[1] = radius * StrictMath.sin(angle);
    } else if (high <= EIGHTH) {
      pair[0] = radius * cosine(angle, 0);
      pair[1] = radius * sine(angle);
    } else {
      int quarters = (int) (angle * QUARTERS + 0.5);
      double near = angle - quarters * QUARTER_HIGH;
      double rest = quarters * QUARTER_LOW;
      double x = near - rest;
      double low = (near - x) - rest;
      turn(quarters, radius * cosine(x, low), radius * sine(x, low), pair);
    }
  }

  /** Turns a point by quarters of a circle. */
  private static void turn(int quarters, double x, double y, double[] pair) {
    boolean odd = (quarters & 1) == 1;
    double turnedX = odd ? -y : x;
    double turnedY = odd ? x : y;
    boolean back = (quarters & 2) == 2;
    pair[0] = back ? -turnedX : turnedX;
    pair[1] = back ? -turnedY : turnedY;
  }

  private static boolean isNearQuarter(int high) {
    return high == ONE_QUARTER
        || high == TWO_QUARTERS
        || high == THREE_QUARTERS
        || high == FOUR_QUARTERS;
  }

  /** The natural logarithm of x in [2^-53, 1]. */
  static double log(double x) {
    int high = high(x);
    int fraction = high & 0xfffff;
    if (((fraction + 2) & 0xfffff) < 3) {
      return StrictMath.log(x); // next to a power of two
    }
    // x = 2^k (1 + f), with 1 + f between the roots of 1/2 and 2.
    int carry = (fraction + 0x95f64) & 0x100000;
    int k = (high >> 20) - 1023 + (carry >> 20);
    long scaled = (long) (fraction | (carry ^ 0x3ff00000)) << 32;
    double f = Double.longBitsToDouble(scaled | (Double.doubleToRawLongBits(x) & 0xffffffffL)) - 1;
    double s = f / (2 + f);
    double z = s * s;
    double w = z * z;
    double odd = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
    double even =
        z
            * (0.6666666666666735
                + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)));
    double r = even + odd;
    if (((fraction - 0x6147a) | (0x6b851 - fraction)) > 0) {
      double half = 0.5 * f * f;
      return k == 0
          ? f - (half - s * (half + r))
          : k * LN2_HIGH - ((half - (s * (half + r) + k * LN2_LOW)) - f);
    }
    return k == 0 ? f - s * (f - r) : k * LN2_HIGH - ((s * (f - r) - k * LN2_LOW) - f);
  }

  /** The sine of x + low, for x within an eighth of a turn. */
  private static double sine(double x, double low) {
    double z = x * x;
    double v = z * x;
    return x - ((z * (0.5 * low - v * sineSeries(z)) - low) - v * -0.16666666666666632);
  }

  private static double sine(double x) {
    double z = x * x;
    return x + z * x * (-0.16666666666666632 + z * sineSeries(z));
  }

  private static double sineSeries(double z) {
    return 0.00833333333332249
        + z
            * (-0.0001984126982985795
                + z
                    * (2.7557313707070068e-6
                        + z * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)));
  }

  /** The cosine of x + low, for x within an eighth of a turn. */
  private static double cosine(double x, double low) {
    double z = x * x;
    double r =
        z
            * (0.0416666666666666
                + z
                    * (-0.001388888888887411
                        + z
                            * (2.480158728947673e-5
                                + z
                                    * (-2.7557314351390663e-7
                                        + z
                                            * (2.087572321298175e-9
                                                + z * -1.1359647557788195e-11)))));
    int high = high(x) & Integer.MAX_VALUE;
    if (high < 0x3fd33333) {
      return 1 - (0.5 * z - (z * r - x * low));
    }
    // From 0.3 on a quarter of x is taken from both, so that less is rounded.
    double part =
        high > 0x3fe90000 ? 0.28125 : Double.longBitsToDouble((long) (high - 0x200000) << 32);
    return 1 - part - ((0.5 * z - part) - (z * r - x * low));
  }

  private static int high(double x) {
    return (int) (Double.doubleToRawLongBits(x) >>> 32);
  }
}
