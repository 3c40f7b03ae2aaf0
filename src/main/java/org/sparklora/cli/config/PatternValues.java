package org.sparklora.cli.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.sparklora.cli.check.Numbers;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers for modules from flags of the form {@code PATTERN=NUMBER}. */
final class PatternValues {
  private static final double MOST = 1e6;

  private PatternValues() {}

  /**
   * Whole numbers from 1 by regular expression, in the order given.
   *
   * @param flag for messages
   */
  static Map<String, Integer> whole(Problems problems, String flag, List<String> given, long most) {
    Map<String, Integer> values = new LinkedHashMap<>();
    positive(problems, flag, given)
        .forEach(
            (pattern, value) -> {
              problems.require(
                  value == Math.rint(value) && value <= most,
                  flag,
                  pattern + "=" + value,
                  "it must be a whole number from 1 to " + most);
              values.put(pattern, value.intValue());
            });
    return values;
  }

  /** Positive numbers by regular expression, in the order given. */
  static Map<String, Double> positive(Problems problems, String flag, List<String> given) {
    Map<String, Double> values = new LinkedHashMap<>();
    for (String text : given) {
      int equals = text.lastIndexOf('=');
      OptionalDouble value = number(text.substring(equals + 1));
      problems.require(
          equals > 0 && value.isPresent(),
          flag,
          text,
          "it must be PATTERN=NUMBER with a number above 0 and at most 1000000, such as"
              + " attn2.to_k=8");
      if (equals > 0 && value.isPresent()) {
        String pattern = text.substring(0, equals);
        requireExpression(problems, flag, pattern);
        boolean again = values.put(pattern, value.getAsDouble()) != null;
        problems.require(!again, flag, text, "it is there twice");
      }
    }
    return values;
  }

  private static OptionalDouble number(String text) {
    try {
      double value = Numbers.parseDouble(text);
      return value > 0 && value <= MOST ? OptionalDouble.of(value) : OptionalDouble.empty();
    } catch (TypeConversionException e) {
      return OptionalDouble.empty();
    }
  }

  private static void requireExpression(Problems problems, String flag, String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      problems.require(
          false, flag, pattern, "it is not a regular expression: " + e.getDescription());
    }
  }
}
