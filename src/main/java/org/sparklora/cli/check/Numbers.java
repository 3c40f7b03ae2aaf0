package org.sparklora.cli.check;

import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/**
 * Reads numbers in the forms of people, Python and YAML: decimal digits, and for reals {@code inf},
 * {@code .inf} and {@code nan}. Java's hexadecimal numbers, its endings such as {@code 1f} and
 * other scripts' digits are refused.
 */
public final class Numbers {
  private static final Pattern WHOLE = Pattern.compile("[+-]?[0-9]+");
  private static final Pattern REAL =
      Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)(e[+-]?[0-9]+)?");
  private static final Pattern INFINITY = Pattern.compile("[+-]?\\.?inf(inity)?");
  private static final Pattern NOT_A_NUMBER = Pattern.compile("\\.?nan");

  private Numbers() {}

  /** Makes a command line read its numbers with this class. */
  public static void register(CommandLine commands) {
    commands
        .registerConverter(int.class, Numbers::parseInt)
        .registerConverter(Integer.class, Numbers::parseInt)
        .registerConverter(long.class, Numbers::parseLong)
        .registerConverter(Long.class, Numbers::parseLong)
        .registerConverter(double.class, Numbers::parseDouble)
        .registerConverter(Double.class, Numbers::parseDouble);
  }

  static int parseInt(String text) {
    return whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE).intValueExact();
  }

  public static long parseLong(String text) {
    return whole(text, Long.MIN_VALUE, Long.MAX_VALUE).longValueExact();
  }

  private static BigInteger whole(String text, long min, long max) {
    String number = text.strip();
    if (!WHOLE.matcher(number).matches()) {
      throw new TypeConversionException("it must be a whole number");
    }
    // A number of a thousand digits is out of range, whatever its value.
    BigInteger value =
        number.length() > 1000 ? BigInteger.ONE.shiftLeft(100) : new BigInteger(number);
    if (value.compareTo(BigInteger.valueOf(min)) < 0
        || value.compareTo(BigInteger.valueOf(max)) > 0) {
      throw new TypeConversionException("it must be a whole number from " + min + " to " + max);
    }
    return value;
  }

  /** Reads a real number. It also reads nan, which no flag accepts. */
  public static double parseDouble(String text) {
    String number = text.strip().toLowerCase(Locale.ROOT);
    if (INFINITY.matcher(number).matches()) {
      return number.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    if (NOT_A_NUMBER.matcher(number).matches()) {
      return Double.NaN;
    }
    if (!REAL.matcher(number).matches()) {
      throw new TypeConversionException("it must be a number");
    }
    double value = Double.parseDouble(number);
    boolean vanishes = value == 0 && number.replaceFirst("e.*", "").matches(".*[1-9].*");
    if (Double.isInfinite(value) || vanishes) {
      throw new TypeConversionException(
          "its magnitude is out of the range of a 64-bit number, 4.9e-324 to 1.8e308");
    }
    return value;
  }
}
