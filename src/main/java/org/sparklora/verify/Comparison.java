package org.sparklora.verify;

/**
 * One quantity against its reference.
 *
 * @param name as in the reference files
 * @param measure what the error is
 * @param tolerance the largest error that passes
 */
public record Comparison(String name, Measure measure, double error, double tolerance) {
  /** Whether the error is a number and within the tolerance. */
  public boolean passes() {
    return error <= tolerance;
  }
}
