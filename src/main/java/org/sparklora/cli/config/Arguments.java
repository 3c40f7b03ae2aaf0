package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Finds the options among a command's arguments before they are parsed. */
final class Arguments {
  private final Map<OptionSpec, List<Occurrence>> occurrences = new LinkedHashMap<>();

  private Arguments() {}

  /**
   * An option among the arguments.
   *
   * @param name the name by which it was given
   */
  record Occurrence(String name, String value) {}

  /**
   * Finds the options in a stack of arguments.
   *
   * @param stack of arguments, the first one last
   */
  static Arguments of(List<String> stack, CommandSpec command) {
    List<String> args = new ArrayList<>(stack);
    Collections.reverse(args);
    return inOrder(args, command);
  }

  /** Finds the options in a list of arguments. */
  static Arguments inOrder(List<String> args, CommandSpec command) {
    Arguments arguments = new Arguments();
    for (int i = 0; i < args.size() && !args.get(i).equals("--"); i++) {
      String[] parts = args.get(i).split("=", 2);
      OptionSpec option = command.findOption(parts[0]);
      if (option == null || !parts[0].startsWith("-")) {
        continue;
      }
      List<Occurrence> given =
          arguments.occurrences.computeIfAbsent(option, key -> new ArrayList<>());
      if (parts.length == 2) {
        given.add(new Occurrence(parts[0], parts[1]));
      } else if (i + 1 < args.size() && takes(option, args.get(i + 1))) {
        given.add(new Occurrence(parts[0], args.get(++i)));
      } else {
        given.add(new Occurrence(parts[0], "true"));
      }
    }
    return arguments;
  }

  /** Whether the argument after an option is its value. A switch takes only true and false. */
  private static boolean takes(OptionSpec option, String next) {
    String value = next.toLowerCase(Locale.ROOT);
    return option.arity().min() > 0
        || (option.arity().max() > 0 && (value.equals("true") || value.equals("false")));
  }

  Set<OptionSpec> options() {
    return occurrences.keySet();
  }

  Map<OptionSpec, List<Occurrence>> occurrences() {
    return occurrences;
  }

  List<String> valuesOf(String flag) {
    return occurrences.entrySet().stream()
        .filter(entry -> List.of(entry.getKey().names()).contains(flag))
        .flatMap(entry -> entry.getValue().stream())
        .map(Occurrence::value)
        .toList();
  }
}
