package org.sparklora.flag;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The flag that sets a component of a record. Its type is the component's: a number, which {@link
 * WholeNumber} or {@link RealNumber} beside it bounds, a boolean, a text, one of the constants of
 * an enum, an optional of these, a list of texts, or a map of numbers by pattern.
 *
 * <p>Several records that share a flag carry an annotation of their own, which carries this one and
 * its bounds. So the flag is still declared in one place.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.ANNOTATION_TYPE})
public @interface Flag {
  /** With dashes; the first one names the flag in errors and in the recipe. */
  String[] names();

  /** What the help calls the value. */
  String label() default "true|false";

  /** The help's text. {@code ${DEFAULT-VALUE}} in it becomes the default. */
  String help();

  /**
   * Whether the flag has no value until it is given; the record then has its usual value. Flags of
   * optionals never have a default.
   */
  boolean unset() default false;
}
