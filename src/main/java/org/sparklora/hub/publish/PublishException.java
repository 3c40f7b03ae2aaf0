package org.sparklora.hub.publish;

/** Results were made and not published; the message has the command that goes on. */
public final class PublishException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  PublishException(String message, Throwable cause) {
    super(message, cause);
  }
}
