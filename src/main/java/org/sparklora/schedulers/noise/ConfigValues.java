package org.sparklora.schedulers.noise;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoublePredicate;
import org.sparklora.util.InvalidInputException;

/** Reads values of a scheduler_config.json by key and collects problems. */
public final class ConfigValues {
  private final JsonNode config;
  private final List<String> problems = new ArrayList<>();
  private final Set<String> known = new TreeSet<>();

  public ConfigValues(JsonNode config) {
    this.config = config;
  }

  /** The value; empty if the key is missing or null. */
  public Optional<JsonNode> value(String key) {
    known.add(key);
    return Optional.ofNullable(config.get(key)).filter(value -> !value.isNull());
  }

  /** The keys that were asked for, whether or not they are there. */
  public List<String> known() {
    return List.copyOf(known);
  }

  public int integer(String key, int fallback) {
    return value(key)
        .map(
            value -> {
              if (!value.canConvertToInt() || !value.isIntegralNumber()) {
                invalid(key, value, "an integer");
                return fallback;
              }
              return value.intValue();
            })
        .orElse(fallback);
  }

  public double number(String key, double fallback) {
    return number(key).orElse(fallback);
  }

  public OptionalDouble number(String key) {
    return number(key, Double::isFinite);
  }

  /** A number that may be {@code Infinity} or {@code -Infinity}. */
  public double numberOrInfinity(String key, double fallback) {
    return number(key, number -> !Double.isNaN(number)).orElse(fallback);
  }

  private OptionalDouble number(String key, DoublePredicate fits) {
    Optional<JsonNode> value = value(key);
    if (value.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (!value.get().isNumber() || !fits.test(value.get().doubleValue())) {
      invalid(key, value.get(), "a number");
      return OptionalDouble.empty();
    }
    return OptionalDouble.of(value.get().doubleValue());
  }

  public boolean flag(String key, boolean fallback) {
    return value(key)
        .map(
            value -> {
              if (!value.isBoolean()) {
                invalid(key, value, "true or false");
                return fallback;
              }
              return value.booleanValue();
            })
        .orElse(fallback);
  }

  public String text(String key, String fallback) {
    return value(key).map(JsonNode::asText).orElse(fallback);
  }

  /** An enum constant by its name in lower case. */
  public <E extends Enum<E>> E choice(String key, E fallback) {
    E[] constants = fallback.getDeclaringClass().getEnumConstants();
    Optional<JsonNode> value = value(key);
    if (value.isEmpty()) {
      return fallback;
    }
    for (E constant : constants) {
      if (lowerCase(constant).equals(value.get().asText())) {
        return constant;
      }
    }
    String names =
        String.join(", ", Arrays.stream(constants).map(ConfigValues::lowerCase).toList());
    unsupported(key, "known are " + names);
    return fallback;
  }

  /** The value that a name stands for. */
  public <V> V oneOf(String key, String fallback, Map<String, V> known) {
    V value = known.get(text(key, fallback));
    if (value == null) {
      unsupported(key, "known are " + String.join(", ", known.keySet().stream().sorted().toList()));
      return known.get(fallback);
    }
    return value;
  }

  /** Adds a problem unless the value is missing or {@code false}. */
  public void refuseFlag(String key, String why) {
    if (flag(key, false)) {
      unsupported(key, why);
    }
  }

  public void unsupported(String key, String why) {
    problems.add(
        "Unsupported "
            + key
            + " in scheduler_config.json: "
            + config.path(key).asText()
            + "; "
            + why
            + ".");
  }

  public void require(boolean holds, String problem) {
    if (!holds) {
      problems.add(problem);
    }
  }

  /** Throws all problems found so far, if there are any. */
  public void check() {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
  }

  private void invalid(String key, JsonNode value, String expected) {
    problems.add(
        "Invalid " + key + " in scheduler_config.json: " + value + "; expected " + expected + ".");
  }

  private static String lowerCase(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
