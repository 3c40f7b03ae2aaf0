package org.sparklora.hub.publish;

/** Results were written but not published. The message has the command that publishes them. */
public final class PublishException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PublishException(String message, Throwable cause) {
    super(message, cause);
  }
}
