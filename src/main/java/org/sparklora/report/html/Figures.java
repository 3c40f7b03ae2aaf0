package org.sparklora.report.html;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Formats numbers and places for readers. */
public final class Figures {
  private Figures() {}

  /** Three significant digits: 0.0134, 1.25, 17.3, 1,240, 4.93e-9. */
  public static String of(double value) {
    if (value == 0 || !Double.isFinite(value)) {
      return value == 0 ? "0" : String.valueOf(value);
    }
    double size = Math.abs(value);
    if (size >= 1000) {
      return String.format(Locale.ROOT, "%,d", Math.round(value));
    }
    BigDecimal rounded =
        BigDecimal.valueOf(value)
            .round(new MathContext(3, RoundingMode.HALF_UP))
            .stripTrailingZeros();
    if (size >= 1e-3) {
      return rounded.toPlainString();
    }
    int exponent = rounded.precision() - rounded.scale() - 1;
    return rounded.scaleByPowerOfTen(-exponent).toPlainString() + "e" + exponent;
  }

  public static String of(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Formats a location: as a path if it is on this machine. */
  public static String place(String location) {
    return location.replaceFirst("^file:(//)?(?=/)", "");
  }

  public static String steps(long count) {
    return of(count) + (count == 1 ? " step" : " steps");
  }
}
