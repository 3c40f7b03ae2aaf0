package org.sparklora.verify;

import java.util.OptionalDouble;

/**
 * The comparison of one quantity with its reference.
 *
 * @param name as in the reference files
 * @param measure of the error
 * @param tolerance the largest error that passes
 * @param own error of the reference against itself with its sums in another order; empty if that is
 *     not known
 */
public record Comparison(
    String name, Measure measure, double error, double tolerance, OptionalDouble own) {
  /** Two results that each deviate by this error may deviate by twice as much from each other. */
  private static final int BOTH = 2;

  /** Whether the error is a number and within the tolerance. */
  public boolean passes() {
    return error <= tolerance;
  }

  /**
   * Whether the comparison is inconclusive, because the reference deviates from itself by about as
   * much. This happens in a run that crosses the kink of an activation, where rounding decides.
   */
  public boolean isUndecided() {
    return !passes() && own.orElse(0) > tolerance && error <= BOTH * own.getAsDouble();
  }
}
