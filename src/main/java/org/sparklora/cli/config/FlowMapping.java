package org.sparklora.cli.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.cli.config.YamlNode.Mapping;
import org.sparklora.cli.config.YamlNode.Pair;
import org.sparklora.cli.config.YamlNode.Scalar;
import org.sparklora.util.InvalidInputException;

/** A mapping of YAML in one line: {@code {key: value, key: value}}. */
public final class FlowMapping {
  private FlowMapping() {}

  public static boolean isOne(String text) {
    return text.strip().startsWith("{");
  }

  /**
   * Reads a mapping of names to texts, numbers and booleans.
   *
   * @param flag whose value it is, for errors
   * @throws InvalidInputException (CONFIGURATION) when it is none
   */
  public static Map<String, String> read(String flag, String text) {
    Map<String, String> values = new LinkedHashMap<>();
    for (Pair pair : YamlDocument.read(flag, text).pairs()) {
      String key = pair.key().text();
      if (!(pair.value() instanceof Scalar scalar) || scalar.isEmpty()) {
        throw InvalidInputException.configuration(
            "Invalid " + flag + ": " + key + " of " + text + "; it must have one value");
      }
      if (values.put(key, scalar.text()) != null) {
        throw InvalidInputException.configuration(
            "Duplicate " + key + " in " + flag + ": " + text + "; give it once");
      }
    }
    return values;
  }

  /** The mapping in one line, as {@link #read} reads it. */
  static String of(Mapping mapping) {
    Map<String, String> values = new LinkedHashMap<>();
    mapping.pairs().forEach(pair -> values.put(pair.key().text(), scalar(pair.value())));
    return of(values);
  }

  private static String scalar(YamlNode node) {
    return node instanceof Scalar one ? one.text() : "";
  }

  /** Texts by name in one line, as {@link #read} reads them. */
  public static String of(Map<String, String> values) {
    return YamlText.of(values, List.of());
  }
}
