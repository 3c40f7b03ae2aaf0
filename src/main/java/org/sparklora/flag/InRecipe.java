package org.sparklora.flag;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a component whose {@link Flag} must be the same when a run is resumed from a checkpoint. By
 * default the recipe holds only values that differ from the usual one, so that checkpoints from
 * before the flag existed can be resumed.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.ANNOTATION_TYPE})
public @interface InRecipe {
  /** Whether the recipe also holds the usual value. */
  boolean always() default false;

  /**
   * The component that this one depends on. The recipe holds this one if that one differs from its
   * usual value.
   */
  String with() default "";
}
