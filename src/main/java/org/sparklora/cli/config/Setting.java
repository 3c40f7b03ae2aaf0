package org.sparklora.cli.config;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.sparklora.util.Redaction;

/**
 * A flag's value in effect.
 *
 * @param group of the help
 * @param key the flag's name without dashes
 * @param value typed; null or empty if nothing is set
 */
public record Setting(String group, String key, Object value, Origin origin) {
  static final String HIDDEN = "***";

  boolean isSet() {
    return value instanceof Collection<?> many
        ? !many.isEmpty()
        : value instanceof Map<?, ?> pairs
            ? !pairs.isEmpty()
            : value != null && !value.toString().isEmpty();
  }

  boolean isSecret() {
    return Redaction.isSecret(key);
  }

  /** The value in one line; empty if nothing is set. */
  String text() {
    if (!isSet()) {
      return "";
    }
    return isSecret() ? HIDDEN : String.join(",", texts());
  }

  /** The values in the form that a flag takes, one or several; {@code key=value} for pairs. */
  List<String> texts() {
    if (value instanceof Collection<?> many) {
      return many.stream().map(Setting::text).toList();
    }
    if (value instanceof Map<?, ?> pairs) {
      return pairs.entrySet().stream().map(e -> e.getKey() + "=" + text(e.getValue())).toList();
    }
    return isSet() ? List.of(text(value)) : List.of();
  }

  private static String text(Object one) {
    if (one instanceof Double number && Double.isFinite(number)) {
      BigDecimal decimal = BigDecimal.valueOf(number).stripTrailingZeros();
      boolean plain = decimal.scale() <= 6 && decimal.precision() - decimal.scale() <= 15;
      return plain ? decimal.toPlainString() : decimal.toString().replace('E', 'e');
    }
    return Redaction.text(String.valueOf(one));
  }
}
