package org.sparklora.flag;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The part of a run's recipe that a record's {@link InRecipe} components make up. */
public final class FlagRecipe {
  private FlagRecipe() {}

  /**
   * Returns the settings that a resumed run must share, by the flag's name without dashes.
   *
   * @param usual the values of flags that are not given
   */
  public static <R extends Record> Map<String, String> of(R record, R usual) {
    Map<String, String> recipe = new TreeMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Optional<InRecipe> rule =
          RecordField.annotation(RecordField.of(component), InRecipe.class)
              .filter(found -> isHeld(found, component, record, usual));
      if (rule.isPresent()) {
        recipe.put(name(component), text(RecordField.value(record, component)));
      }
    }
    return recipe;
  }

  private static <R extends Record> boolean isHeld(
      InRecipe rule, RecordComponent component, R record, R usual) {
    String decisive = rule.with().isEmpty() ? component.getName() : rule.with();
    return rule.always() || !isUsual(record, usual, decisive);
  }

  /** The flag's first name without dashes. */
  private static String name(RecordComponent component) {
    return RecordField.annotation(RecordField.of(component), Flag.class)
        .orElseThrow(() -> new IllegalStateException(component + " has no flag"))
        .names()[0]
        .substring(2);
  }

  private static <R extends Record> boolean isUsual(R record, R usual, String name) {
    RecordComponent component =
        Arrays.stream(record.getClass().getRecordComponents())
            .filter(one -> one.getName().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(record.getClass() + " has no " + name));
    Object value = RecordField.value(record, component);
    Object other = RecordField.value(usual, component);
    return (value instanceof Double one && other instanceof Double two)
        ? one.doubleValue() == two.doubleValue() // -0 is 0
        : value.equals(other);
  }

  private static String text(Object value) {
    if (value instanceof Enum<?> constant) {
      return constant.name().toLowerCase(Locale.ROOT);
    }
    if (value instanceof Optional<?> given) {
      return text(given.orElseThrow());
    }
    if (value instanceof OptionalDouble given) {
      return text(given.getAsDouble());
    }
    return value instanceof List<?> several
        ? several.stream().map(String::valueOf).collect(Collectors.joining(","))
        : String.valueOf(value);
  }
}
