package org.sparklora.flag;

import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;

/** The field behind a component of a record, and what it holds. */
public final class RecordField {
  private RecordField() {}

  /** The field, which carries the component's annotations. */
  public static Field of(RecordComponent component) {
    try {
      return component.getDeclaringRecord().getDeclaredField(component.getName());
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException("a record has a field for each component", e);
    }
  }

  /** What a record holds; its class is public. */
  public static Object value(Record record, RecordComponent component) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(component + " of a public record cannot be read", e);
    }
  }
}
