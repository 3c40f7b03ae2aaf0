package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.NearestName;
import org.sparklora.Redaction;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What the parser finds wrong, in the words that a wrong value is reported in. */
final class ArgumentProblem {
  private ArgumentProblem() {}

  static List<String> of(Exception error, CommandSpec command, ConfigurationOptions configuration) {
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
              + (FlagKeys.isSecret(option) ? "a secret" : wrong.getValue())
              + configuration.originOf(option).afterValue()
              + "; "
              + rule(option, wrong));
    }
    return List.of(String.valueOf(error.getMessage()));
  }

  private static String rule(OptionSpec option, ParameterException wrong) {
    Class<?> type = option.auxiliaryTypes()[0];
    if (List.of(int.class, long.class, Integer.class, Long.class).contains(type)) {
      return "it must be a whole number";
    }
    if (type == double.class || type == Double.class) {
      return "it must be a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "it takes true or false";
    }
    return wrong.getCause().getMessage();
  }

  private static List<String> unknown(List<String> arguments, CommandSpec command) {
    List<String> flags = new ArrayList<>();
    command.options().forEach(option -> flags.addAll(List.of(option.names())));
    List<String> problems = new ArrayList<>();
    boolean valueMayFollow = false;
    for (String argument : arguments) {
      String name = argument.replaceFirst("=.*", "");
      if (name.startsWith("-") || !valueMayFollow) {
        problems.add(
            "Unknown argument "
                + Redaction.text(name)
                + NearestName.likely(name, flags).map(". Did you mean %s?"::formatted).orElse(""));
      }
      valueMayFollow = name.startsWith("-") && !argument.contains("=");
    }
    return problems;
  }
}
