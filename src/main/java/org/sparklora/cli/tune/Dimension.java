package org.sparklora.cli.tune;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.sparklora.cli.check.Numbers;
import org.sparklora.cli.config.Problems;
import picocli.CommandLine.TypeConversionException;

/** A flag that is searched, with its values or their range. */
sealed interface Dimension {
  Pattern RANGE = Pattern.compile("(log|uniform)\\(([^,()]+),([^,()]+)\\)");

  /** The flag's own name, without dashes. */
  String flag();

  /** Values to try. */
  record Values(String flag, List<String> values) implements Dimension {
    public Values {
      values = List.copyOf(values);
    }
  }

  /**
   * A range to draw from.
   *
   * @param logarithmic whether a factor of two is as likely anywhere in it
   * @param whole whether the flag takes whole numbers
   */
  record Range(String flag, double from, double to, boolean logarithmic, boolean whole)
      implements Dimension {}

  /**
   * Reads a flag and its values.
   *
   * @return empty after a problem
   */
  static Optional<Dimension> of(
      Problems problems, SearchedFlags flags, String name, String values) {
    Optional<String> flag = flags.searchable(problems, "--search", name);
    if (flag.isEmpty()) {
      return Optional.empty();
    }
    Matcher range = RANGE.matcher(values.strip());
    if (range.matches()) {
      return range(problems, flags, flag.get(), range);
    }
    List<String> each =
        Stream.of(values.split(values.contains(";") ? ";" : ",", -1)).map(String::strip).toList();
    int before = problems.count();
    require(
        problems, each.stream().noneMatch(String::isEmpty), name, values, "it has an empty value");
    require(
        problems,
        each.stream().distinct().count() == each.size(),
        name,
        values,
        "it has a value twice");
    return problems.count() > before ? Optional.empty() : Optional.of(new Values(flag.get(), each));
  }

  private static Optional<Dimension> range(
      Problems problems, SearchedFlags flags, String flag, Matcher range) {
    OptionalDouble from = number(range.group(2));
    OptionalDouble to = number(range.group(3));
    boolean logarithmic = range.group(1).equals("log");
    int before = problems.count();
    require(
        problems,
        from.isPresent() && to.isPresent() && from.getAsDouble() < to.getAsDouble(),
        flag,
        range.group(),
        "a range has two numbers, the smaller one first");
    require(
        problems,
        !logarithmic || from.isEmpty() || from.getAsDouble() > 0,
        flag,
        range.group(),
        "a logarithmic range begins above 0");
    require(
        problems,
        flags.isNumber(flag),
        flag,
        range.group(),
        "the flag takes no number; list its values");
    return problems.count() > before
        ? Optional.empty()
        : Optional.of(
            new Range(
                flag,
                from.orElseThrow(),
                to.orElseThrow(),
                logarithmic,
                flags.isWholeNumber(flag)));
  }

  private static void require(
      Problems problems, boolean holds, String flag, String values, String rule) {
    problems.require(holds, "--search", flag + "=" + values, rule);
  }

  private static OptionalDouble number(String text) {
    try {
      double number = Numbers.parseDouble(text.strip());
      return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
    } catch (TypeConversionException e) {
      return OptionalDouble.empty();
    }
  }
}
