package org.sparklora.report.page;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Formats numbers and times for readers. */
final class Figures {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private Figures() {}

  /** Three significant digits: 0.0134, 1.25, 17.3, 1,240, 4.93e-9. */
  static String of(double value) {
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

  static String of(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }

  /** Such as 3 MB: decimal, as disks are sold. */
  static String bytes(double bytes) {
    return bytes >= 1e9 ? of(bytes / 1e9) + " GB" : of(bytes / 1e6) + " MB";
  }

  /** Such as 42 s, 3 min 20 s, 5 h 12 min. */
  static String duration(double seconds) {
    long whole = Math.max(0, Math.round(seconds));
    if (whole < 60) {
      return (seconds < 9.95 ? of(Math.max(0, seconds)) : String.valueOf(whole)) + " s";
    }
    if (whole < 3600) {
      return whole / 60 + " min " + (whole % 60 == 0 ? "" : whole % 60 + " s");
    }
    return whole / 3600 + " h " + whole / 60 % 60 + " min";
  }

  static String time(long epochMillis) {
    return TIME.format(Instant.ofEpochMilli(epochMillis));
  }

  /** Formats a location: as a path if it is on this machine. */
  static String place(String location) {
    return location.replaceFirst("^file:(//)?(?=/)", "");
  }

  static String steps(long count) {
    return of(count) + (count == 1 ? " step" : " steps");
  }
}
