package org.sparklora.flag;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component whose {@link Flag} must be the same for a run to go on from a checkpoint.
 * Without more, the recipe holds it where it is not at its usual value, so that checkpoints of
 * before the flag existed can be resumed.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.ANNOTATION_TYPE})
public @interface InRecipe {
  /** Whether the recipe also holds the usual value. */
  boolean always() default false;

  /** The component that this one depends on: the recipe holds it where that one is not as usual. */
  String with() default "";
}
