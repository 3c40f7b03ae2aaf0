package org.sparklora.util;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Writes times for people. Log, progress lines, report and messages have the same form. */
public final class Times {
  private static final DateTimeFormatter MOMENT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final double TWO_DIGITS = 9.95;

  private Times() {}

  /** How long something takes: such as 1.25 s, 42 s, 3 min 20 s, 5 h 12 min. */
  public static String span(double seconds) {
    long whole = Math.max(0, Math.round(seconds));
    if (whole < 60) {
      return (seconds < TWO_DIGITS ? exact(Math.max(0, seconds)) : String.valueOf(whole)) + " s";
    }
    if (whole < 3600) {
      return whole / 60 + " min" + (whole % 60 == 0 ? "" : " " + whole % 60 + " s");
    }
    return whole / 3600 + " h" + (whole / 60 % 60 == 0 ? "" : " " + whole / 60 % 60 + " min");
  }

  /** The same of whole seconds. */
  public static String span(long seconds) {
    return span((double) seconds);
  }

  /** When something happened: such as 2026-03-01 14:05:09 UTC. */
  public static String moment(Instant at) {
    return MOMENT.format(at);
  }

  private static String exact(double seconds) {
    BigDecimal rounded =
        BigDecimal.valueOf(seconds).round(new MathContext(3, RoundingMode.HALF_UP));
    return rounded.signum() == 0 || seconds < 1e-3
        ? "0"
        : rounded
            .setScale(Math.min(3, Math.max(0, rounded.scale())), RoundingMode.HALF_UP)
            .stripTrailingZeros()
            .toPlainString();
  }
}
