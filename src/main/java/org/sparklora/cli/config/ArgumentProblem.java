package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.sparklora.cli.check.Bounds;
import org.sparklora.util.NearestName;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns errors of the parser into messages like those about wrong values. */
public final class ArgumentProblem {
  private ArgumentProblem() {}

  /** The problems of a command line at which the parser stopped. */
  public static List<String> of(ParameterException error) {
    return of(error, error.getCommandLine().getCommandSpec(), option -> "");
  }

  /**
   * The problems of one error.
   *
   * @param where gives the place of an option's value, to follow the value in the message
   */
  static List<String> of(Exception error, CommandSpec command, Function<OptionSpec, String> where) {
    if (error instanceof UnmatchedArgumentException unmatched) {
      return unknown(unmatched.getUnmatched(), command);
    }
    if (error instanceof ParameterException wrong
        && wrong.getArgSpec() instanceof OptionSpec option
        && wrong.getCause() instanceof TypeConversionException
        && wrong.getValue() != null) {
      return List.of(
          "Invalid "
              + option.names()[0]
              + ": "
              + (FlagKeys.isSecret(option) ? "a secret" : shown(wrong.getValue()))
              + where.apply(option)
              + "; "
              + rule(option, wrong));
    }
    if (error instanceof ParameterException wrong
        && wrong.getArgSpec() instanceof OptionSpec option
        && option.typeInfo().isMap()
        && wrong.getValue() != null) {
      String rule = "; it must be " + option.paramLabel().replace("=", " = ");
      return List.of("Invalid " + option.names()[0] + ": " + shown(wrong.getValue()) + rule);
    }
    return List.of(String.valueOf(error.getMessage()));
  }

  /** Formats a value for a message. An empty value would be invisible, so it becomes "(empty)". */
  static String shown(Object value) {
    String text = String.valueOf(value);
    return text.isEmpty() ? "(empty)" : text;
  }

  private static String hint(String name, Set<String> flags, CommandSpec command) {
    Optional<String> near = meant(name, flags, command);
    return near.filter(name::equals).isPresent()
        ? ". It is a flag, and stands after --, where no flags are"
        : near.map(flag -> ". Did you mean " + flag + "?").orElse("");
  }

  private static Optional<String> meant(String name, Set<String> flags, CommandSpec command) {
    return name.startsWith("-")
        ? FlagSynonyms.of(name.replaceFirst("^--?", ""), flags).map(flag -> "--" + flag)
        : NearestName.likely(name, List.copyOf(command.subcommands().keySet()));
  }

  private static String rule(OptionSpec option, ParameterException wrong) {
    Class<?> type = option.auxiliaryTypes()[0];
    Optional<Bounds> bounds = Bounds.of(option);
    if (bounds.isPresent()) {
      return bounds.get().rule();
    }
    if (type == boolean.class || type == Boolean.class) {
      return "it takes true or false";
    }
    return wrong.getCause().getMessage();
  }

  private static List<String> unknown(List<String> arguments, CommandSpec command) {
    Set<String> flags = new TreeSet<>();
    command.options().stream()
        .filter(option -> !option.hidden())
        .flatMap(option -> Stream.of(option.names()))
        .filter(name -> name.startsWith("--"))
        .forEach(name -> flags.add(name.substring(2)));
    List<String> problems = new ArrayList<>();
    boolean valueMayFollow = false;
    for (String argument : arguments) {
      String name = argument.replaceFirst("=.*", "");
      if (name.startsWith("-") || !valueMayFollow) {
        problems.add(
            "Unknown argument " + Redaction.text(shown(name)) + hint(name, flags, command));
      }
      valueMayFollow = name.startsWith("-") && !argument.contains("=");
    }
    return problems;
  }
}
