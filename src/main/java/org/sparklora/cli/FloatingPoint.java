package org.sparklora.cli;

import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** Numbers as Python and YAML write them, too: {@code inf}, {@code .inf}, {@code nan}. */
final class FloatingPoint {
  private FloatingPoint() {}

  static double parse(String text) {
    String number = text.strip().toLowerCase(Locale.ROOT);
    if (number.matches("[+-]?\\.?inf(inity)?")) {
      return number.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    try {
      return number.equals("nan") ? Double.NaN : Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new TypeConversionException("'" + text + "' is not a number");
    }
  }
}
