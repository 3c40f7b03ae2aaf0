package org.sparklora.verify;

import java.util.Locale;

/** The comparison of a run's timesteps with the reference's. */
public enum TimestepMatch {
  /** All numbers are equal. */
  EXACT,
  /**
   * Whole timesteps are equal, fractional ones agree to 1e-6. Fractional ones are interpolated
   * between fp32 logarithms of square roots, whose last bit differs from CPU to CPU in torch.
   */
  ROUNDED,
  DIFFERENT;

  private static final double ROUNDING = 1e-6;

  static TimestepMatch of(float[] actual, float[] expected) {
    if (actual.length != expected.length) {
      return DIFFERENT;
    }
    TimestepMatch match = EXACT;
    for (int i = 0; i < actual.length; i++) {
      boolean whole = expected[i] == Math.rint(expected[i]);
      double deviation = Math.abs((double) actual[i] - expected[i]);
      if (deviation > (whole ? 0 : ROUNDING * Math.abs(expected[i]))) {
        return DIFFERENT;
      }
      match = deviation > 0 ? ROUNDED : match;
    }
    return match;
  }

  /** Its name in a table. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
