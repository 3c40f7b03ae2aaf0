package org.sparklora.cli.config;

import java.util.List;

/** A value in a YAML file, and the line at which it begins, from 1. */
sealed interface YamlNode {
  int line();

  /**
   * Text, a number or a boolean, as it is written.
   *
   * @param isEmpty whether it is empty or {@code null}
   */
  record Scalar(String text, boolean isEmpty, int line) implements YamlNode {}

  record Sequence(List<YamlNode> items, int line) implements YamlNode {}

  record Mapping(List<Pair> pairs, int line) implements YamlNode {}

  record Pair(Scalar key, YamlNode value) {}
}
