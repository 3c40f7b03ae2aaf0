package org.sparklora.spark;

/** The workers, or too many of their attempts, are gone. */
public final class WorkersLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WorkersLostException(String message) {
    super(message);
  }

  WorkersLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
