package org.sparklora.cli.kohya;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Settings of their scripts by name, as texts. A setting has one value or, as {@code network_args},
 * several; a switch that is on has {@code true}.
 */
public final class KohyaSettings {
  private final Map<String, List<String>> values;

  KohyaSettings(Map<String, List<String>> values) {
    this.values = new LinkedHashMap<>(values);
  }

  /** Their names, in the order they were given in. */
  Set<String> names() {
    return values.keySet();
  }

  /** The same where others say nothing else. */
  KohyaSettings overriddenBy(KohyaSettings others) {
    KohyaSettings both = new KohyaSettings(values);
    both.values.putAll(others.values);
    return both;
  }

  boolean has(String name) {
    return text(name).isPresent();
  }

  /** The value; empty for none and for an empty one, which stands for none in their files. */
  Optional<String> text(String name) {
    return all(name).stream().findFirst().filter(text -> !text.isEmpty());
  }

  String text(String name, String usual) {
    return text(name).orElse(usual);
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  boolean isOn(String name) {
    return text(name).filter(text -> text.equalsIgnoreCase("true")).isPresent();
  }

  Optional<Double> number(String name) {
    return text(name).map(text -> number(name, text));
  }

  private static double number(String name, String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw KohyaFiles.invalid(name + " is " + text + ", which is no number");
    }
  }

  /** {@code KEY=VALUE} of {@code network_args} and {@code optimizer_args}. */
  Map<String, String> pairs(String name) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String pair : all(name)) {
      String[] parts = pair.split("=", 2);
      if (parts.length < 2) {
        throw KohyaFiles.invalid(name + " has " + pair + ", which is not of the form KEY=VALUE");
      }
      pairs.put(parts[0].strip(), parts[1].strip());
    }
    return pairs;
  }
}
