package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.sparklora.cli.check.Bounds;
import org.sparklora.cli.check.LocationSchemes;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/** Finds problems of parsed values, one flag at a time. */
public final class FlagChecks {
  private FlagChecks() {}

  /**
   * The problems of a command's flags. A number that is out of its bounds becomes the flag's
   * default, so that the other checks can go on.
   *
   * @param command that has been parsed
   */
  public static List<String> problems(CommandSpec command) {
    ParseResult parsed = command.root().commandLine().getParseResult();
    Optional<ConfigurationOptions> configuration = ConfigurationOptions.of(command);
    Function<OptionSpec, String> places =
        option -> configuration.map(from -> from.originOf(option).afterValue()).orElse("");
    List<String> problems = new ArrayList<>();
    command
        .commandLine()
        .getParseResult()
        .errors()
        .forEach(error -> problems.addAll(ArgumentProblem.of(error, command, places)));
    problems.addAll(contradictions(parsed.expandedArgs(), command));
    for (OptionSpec option : command.options()) {
      String where = places.apply(option);
      outOfBounds(option, where).ifPresent(problems::add);
      problems.addAll(LocationSchemes.problems(option, option.names()[0], where));
    }
    for (PositionalParamSpec position : command.positionalParameters()) {
      problems.addAll(LocationSchemes.problems(position, position.paramLabel(), ""));
    }
    return problems;
  }

  /** Flags of one value that were given several values, by any of their names. */
  private static List<String> contradictions(List<String> arguments, CommandSpec command) {
    List<String> problems = new ArrayList<>();
    Arguments.inOrder(arguments, command).occurrences().entrySet().stream()
        .filter(entry -> !entry.getKey().isMultiValue())
        .filter(entry -> !FlagKeys.key(entry.getKey()).equals(FlagKeys.CONFIG))
        .map(FlagChecks::contradiction)
        .forEach(problem -> problem.ifPresent(problems::add));
    return problems;
  }

  private static Optional<String> contradiction(
      Map.Entry<OptionSpec, List<Arguments.Occurrence>> flag) {
    Arguments.Occurrence first = flag.getValue().get(0);
    for (Arguments.Occurrence other : flag.getValue()) {
      if (!SameValue.of(flag.getKey(), first.value(), other.value())) {
        boolean secret = FlagKeys.isSecret(flag.getKey());
        return Optional.of(
            "Invalid "
                + shown(first, secret)
                + " and "
                + shown(other, secret)
                + ": "
                + (first.name().equals(other.name())
                    ? "the flag is given twice with different values"
                    : "these are two names of one flag, with different values")
                + "; give one of them");
      }
    }
    return Optional.empty();
  }

  private static String shown(Arguments.Occurrence one, boolean secret) {
    return one.name() + "=" + (secret ? "***" : Redaction.text(one.value()));
  }

  private static Optional<String> outOfBounds(OptionSpec option, String where) {
    Optional<Bounds> bounds = Bounds.of(option);
    if (bounds.isEmpty()) {
      return Optional.empty();
    }
    List<Object> values = new ArrayList<>();
    Object value = option.getValue();
    if (value instanceof List<?> several) {
      values.addAll(several);
    } else if (value != null) {
      values.add(value);
    }
    for (Object one : values) {
      if (one instanceof Number number && !bounds.get().holds(number)) {
        if (!option.isMultiValue()) {
          option.setValue(option.initialValue());
        }
        return Optional.of(
            "Invalid " + option.names()[0] + ": " + one + where + "; " + bounds.get().rule());
      }
    }
    return Optional.empty();
  }
}
