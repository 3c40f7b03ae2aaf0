package org.sparklora.lora;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Values by module, with PEFT's rule for {@code rank_pattern}: the first regular expression that
 * matches the whole name, or its end after a dot, gives the value.
 *
 * @param values by regular expression
 */
public record ModulePatterns<T>(Map<String, T> values) {
  public ModulePatterns {
    values = new LinkedHashMap<>(values);
  }

  /**
   * Returns a module's value.
   *
   * @param otherwise the value if no pattern matches
   */
  public T at(String module, T otherwise) {
    return values.entrySet().stream()
        .filter(entry -> matches(entry.getKey(), module))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  /** The patterns that match none of the modules. */
  public List<String> unused(Collection<String> modules) {
    List<String> unused = new ArrayList<>(values.keySet());
    unused.removeIf(pattern -> modules.stream().anyMatch(module -> matches(pattern, module)));
    return unused;
  }

  private static boolean matches(String pattern, String module) {
    return Pattern.matches("(.*\\.)?(" + pattern + ")", module);
  }
}
