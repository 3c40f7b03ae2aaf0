package org.sparklora.verify;

import java.util.OptionalDouble;

/**
 * One quantity against its reference.
 *
 * @param name as in the reference files
 * @param measure what the error is
 * @param tolerance the largest error that passes
 * @param own the error of the reference against itself where only the order of its sums is another
 *     one; empty where that is not known
 */
public record Comparison(
    String name, Measure measure, double error, double tolerance, OptionalDouble own) {
  /** Two results that are each off by it are off by twice as much from each other. */
  private static final int BOTH = 2;

  /** Whether the error is a number and within the tolerance. */
  public boolean passes() {
    return error <= tolerance;
  }

  /**
   * Whether the case itself cannot tell: the reference misses the tolerance against itself, by
   * about as much. So does a run over the kink of an activation, which rounding decides on.
   */
  public boolean isUndecided() {
    return !passes() && own.orElse(0) > tolerance && error <= BOTH * own.getAsDouble();
  }
}
