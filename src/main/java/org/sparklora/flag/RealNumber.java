package org.sparklora.flag;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The numbers that a flag accepts. The annotation stands beside {@link Flag}, or beside
 * {@code @Option} where no record declares the flag.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.FIELD, ElementType.ANNOTATION_TYPE})
public @interface RealNumber {
  /** The smallest number. */
  double min();

  /** The largest number. */
  double max();

  /** Whether the flag takes only what is above {@link #min()}. */
  boolean aboveMin() default false;

  /** Whether the flag takes only what is below {@link #max()}. */
  boolean belowMax() default false;

  /** Whether the flag takes {@code inf}, too. */
  boolean orInfinity() default false;
}
