package org.sparklora.cli.config;

import java.util.List;
import org.sparklora.util.Redaction;
import picocli.CommandLine.Model.OptionSpec;

/**
 * A flag's value in a file or in Spark's settings.
 *
 * @param key name of the flag that was used, without dashes
 * @param values in order; {@code key=value} for a flag that takes pairs
 */
record Given(OptionSpec option, String key, List<String> values, Origin origin) {
  boolean hasValueOf(Given other) {
    boolean single = !option.isMultiValue() && values.size() == 1 && other.values.size() == 1;
    return single
        ? SameValue.of(option, values.get(0), other.values.get(0))
        : values.equals(other.values);
  }

  /** Builds the message that a flag has two different values. */
  String contradicts(Given before) {
    return shown() + "; it is " + before.shown() + " in " + before.origin + ": give one of them";
  }

  private String shown() {
    return Redaction.text(String.join(",", values));
  }

  /** The value as arguments of the command. */
  List<String> arguments() {
    String name = option.names()[0];
    if (option.arity().max() == 0) {
      return Boolean.parseBoolean(values.get(0)) ? List.of(name) : List.of();
    }
    return values.stream().map(value -> name + "=" + value).toList();
  }
}
