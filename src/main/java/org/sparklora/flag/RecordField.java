package org.sparklora.flag;

import java.lang.annotation.Annotation;
import java.lang.reflect.Field;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Optional;

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

  /** An annotation that a field carries, itself or through another annotation. */
  public static <A extends Annotation> Optional<A> annotation(Field field, Class<A> type) {
    A own = field.getAnnotation(type);
    return own != null
        ? Optional.of(own)
        : Arrays.stream(field.getAnnotations())
            .flatMap(
                other -> Optional.ofNullable(other.annotationType().getAnnotation(type)).stream())
            .findFirst();
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
