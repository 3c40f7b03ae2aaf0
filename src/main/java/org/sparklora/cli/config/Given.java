package org.sparklora.cli.config;

import java.util.List;
import picocli.CommandLine.Model.OptionSpec;

/**
 * What a file or Spark's settings say of a flag.
 *
 * @param values in order; of a flag that takes pairs {@code key=value}
 */
record Given(OptionSpec option, List<String> values, Origin origin) {
  /** The same, as arguments of the command. */
  List<String> arguments() {
    String name = option.names()[0];
    if (option.arity().max() == 0) {
      return Boolean.parseBoolean(values.get(0)) ? List.of(name) : List.of();
    }
    return values.stream().map(value -> name + "=" + value).toList();
  }
}
