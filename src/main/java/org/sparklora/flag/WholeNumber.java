package org.sparklora.flag;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The whole numbers that a flag accepts. The annotation stands beside {@link Flag}, or beside
 * {@code @Option} where no record declares the flag.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.ANNOTATION_TYPE})
public @interface WholeNumber {
  /** The smallest number. */
  long min();

  /** The largest number. */
  long max();
}
