package org.sparklora.flag;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The part of a run's recipe that a record's {@link InRecipe} components make up. */
public final class FlagRecipe {
  private FlagRecipe() {}

  /**
   * What must be the same for a run to go on, by the flag's name without dashes.
   *
   * @param usual the values of flags that are not given
   */
  public static <R extends Record> Map<String, String> of(R record, R usual) {
    Map<String, String> recipe = new TreeMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      InRecipe rule = RecordField.of(component).getAnnotation(InRecipe.class);
      if (rule != null) {
        String decisive = rule.with().isEmpty() ? component.getName() : rule.with();
        if (rule.always() || !isUsual(record, usual, decisive)) {
          recipe.put(name(component), text(RecordField.value(record, component)));
        }
      }
    }
    return recipe;
  }

  /** The flag's first name without dashes. */
  static String name(RecordComponent component) {
    return RecordField.of(component).getAnnotation(Flag.class).names()[0].substring(2);
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
    return value instanceof Enum<?> constant
        ? constant.name().toLowerCase(Locale.ROOT)
        : String.valueOf(value);
  }
}
