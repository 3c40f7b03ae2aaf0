package org.sparklora.bench.gpu;

/** A command of the program ended with an error, or was not done in time. */
final class CommandFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  CommandFailedException(String message) {
    super(message);
  }
}
