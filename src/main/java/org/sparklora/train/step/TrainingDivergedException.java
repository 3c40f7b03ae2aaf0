package org.sparklora.train.step;

/** Training cannot go on: the numbers it computes are no longer finite. */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String message) {
    super(message);
  }
}
