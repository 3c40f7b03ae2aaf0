package org.sparklora.cli.config;

import java.util.List;

/** A value in a YAML file and the line it begins at, from 1. */
sealed interface YamlNode {
  int line();

  /**
   * Text, a number or a truth value, as it is written.
   *
   * @param isEmpty whether nothing is written, or {@code null}
   */
  record Scalar(String text, boolean isEmpty, int line) implements YamlNode {}

  record Sequence(List<YamlNode> items, int line) implements YamlNode {}

  record Mapping(List<Pair> pairs, int line) implements YamlNode {}

  record Pair(Scalar key, YamlNode value) {}
}
