package org.sparklora.cli.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a repeatable flag whose values may be mappings of YAML: in a file as they are, on the
 * command line in braces.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.FIELD)
public @interface TakesMappings {
  /**
   * Whether each entry of a mapping is a value of its own, {@code KEY=VALUE}. Unlike a map, such a
   * flag keeps both values of a key that is there twice.
   */
  boolean asPairs() default false;
}
