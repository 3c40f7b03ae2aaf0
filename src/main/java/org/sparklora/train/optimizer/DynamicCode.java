package org.sparklora.train.optimizer;

import java.util.Arrays;

/**
 * The 256 values of dynamic tree quantisation (Dettmers et al. 2021, arXiv 2110.02861, section 2.1)
 * for numbers in [-1, 1] or [0, 1]: decades from 1e-6 to 1, each with twice as many fractions as
 * the one before, and 0 and 1. The values are bitsandbytes' {@code create_dynamic_map}.
 */
final class DynamicCode {
  static final DynamicCode SIGNED = new DynamicCode(true);
  static final DynamicCode UNSIGNED = new DynamicCode(false);

  private static final int DECADES = 7;

  /**
   * Sign, exponent and 8 bits of the fraction: numbers that agree in these bits differ by less than
   * neighbouring values do.
   */
  private static final int LEADING_BITS = 17;

  private static final int SHIFT = Integer.SIZE - LEADING_BITS;

  private final float[] values;

  /** {@code boundaries[c]}: above it, c + 1 is nearer than c. */
  private final float[] boundaries;

  /** The code of the smallest number with these leading bits. */
  private final byte[] firstCodes;

  private DynamicCode(boolean signed) {
    values = values(signed);
    boundaries = new float[values.length];
    for (int c = 0; c + 1 < values.length; c++) {
      boundaries[c] = (values[c] + values[c + 1]) / 2;
    }
    boundaries[values.length - 1] = Float.POSITIVE_INFINITY;
    firstCodes = new byte[1 << LEADING_BITS];
    for (int leading = 0; leading < firstCodes.length; leading++) {
      float nearZero = Float.intBitsToFloat(leading << SHIFT);
      float farFromZero = Float.intBitsToFloat(leading << SHIFT | (1 << SHIFT) - 1);
      int code = 0;
      while (code < 255 && Math.min(nearZero, farFromZero) > boundaries[code]) {
        code++;
      }
      firstCodes[leading] = (byte) code;
    }
  }

  private static float[] values(boolean signed) {
    float[] values = new float[256];
    int count = 2;
    values[1] = 1; // and values[0] = 0
    for (int decade = 0; decade < DECADES; decade++) {
      int fractions = 1 << (signed ? decade : decade + 1);
      float scale = (float) Double.parseDouble("1e" + (decade - DECADES + 1));
      for (int i = 0; i < fractions; i++) {
        float middle = (border(i, fractions) + border(i + 1, fractions)) / 2;
        values[count++] = scale * middle;
        if (signed) {
          values[count++] = -scale * middle;
        }
      }
    }
    Arrays.sort(values);
    return values;
  }

  /** Border i of n equal parts of [0.1, 1], rounded as {@code torch.linspace} does. */
  private static float border(int i, int n) {
    float step = (1f - 0.1f) / n;
    return i < (n + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, n - i, 1f);
  }

  /** The value of a code. */
  float value(byte code) {
    return values[code & 0xff];
  }

  /** The code of the value nearest to {@code x}. */
  byte nearest(float x) {
    int code = firstCodes[Float.floatToRawIntBits(x) >>> SHIFT] & 0xff;
    while (x > boundaries[code]) {
      code++;
    }
    return (byte) code;
  }
}
