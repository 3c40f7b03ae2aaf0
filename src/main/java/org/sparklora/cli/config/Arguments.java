package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Which of a command's options its arguments give, before they are parsed. */
final class Arguments {
  private final Map<OptionSpec, List<String>> values = new HashMap<>();

  private Arguments() {}

  /**
   * Looks through the arguments.
   *
   * @param stack the first of them last
   */
  static Arguments of(List<String> stack, CommandSpec command) {
    List<String> args = new ArrayList<>(stack);
    Collections.reverse(args);
    Arguments arguments = new Arguments();
    for (int i = 0; i < args.size() && !args.get(i).equals("--"); i++) {
      String[] parts = args.get(i).split("=", 2);
      OptionSpec option = command.findOption(parts[0]);
      if (option == null || !parts[0].startsWith("-")) {
        continue;
      }
      List<String> given = arguments.values.computeIfAbsent(option, key -> new ArrayList<>());
      if (parts.length == 2) {
        given.add(parts[1]);
      } else if (option.arity().min() > 0 && i + 1 < args.size()) {
        given.add(args.get(++i));
      }
    }
    return arguments;
  }

  Set<OptionSpec> options() {
    return values.keySet();
  }

  List<String> valuesOf(String flag) {
    return values.entrySet().stream()
        .filter(entry -> List.of(entry.getKey().names()).contains(flag))
        .flatMap(entry -> entry.getValue().stream())
        .toList();
  }
}
