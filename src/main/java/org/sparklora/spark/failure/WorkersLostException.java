package org.sparklora.spark.failure;

/** The workers, or too many of their attempts, are gone. */
public final class WorkersLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WorkersLostException(String message) {
    super(message);
  }

  public WorkersLostException(String message, Throwable cause) {
    super(message, cause);
  }
}
