package org.sparklora.train.step;

/**
 * Training has diverged: values are not finite or too large, too many steps were skipped, or the
 * loss is out of bounds.
 */
public final class TrainingDivergedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  TrainingDivergedException(String message) {
    super(message);
  }
}
