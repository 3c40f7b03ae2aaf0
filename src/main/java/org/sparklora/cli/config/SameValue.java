package org.sparklora.cli.config;

import java.util.List;
import java.util.Locale;
import org.sparklora.cli.check.Numbers;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/** Compares two texts as values of a flag: {@code 1e-4} and {@code 0.0001} are the same. */
final class SameValue {
  private static final List<Class<?>> WHOLE =
      List.of(int.class, Integer.class, long.class, Long.class);
  private static final List<Class<?>> REAL = List.of(double.class, Double.class);
  private static final List<Class<?>> TRUTH = List.of(boolean.class, Boolean.class);

  private SameValue() {}

  static boolean of(OptionSpec option, String one, String other) {
    if (one.equals(other)) {
      return true;
    }
    Class<?> type = option.auxiliaryTypes()[0];
    try {
      if (WHOLE.contains(type)) {
        return Numbers.parseLong(one) == Numbers.parseLong(other);
      }
      if (REAL.contains(type)) {
        return Double.compare(Numbers.parseDouble(one), Numbers.parseDouble(other)) == 0;
      }
    } catch (TypeConversionException e) {
      return false;
    }
    return TRUTH.contains(type)
        && one.strip().toLowerCase(Locale.ROOT).equals(other.strip().toLowerCase(Locale.ROOT));
  }
}
