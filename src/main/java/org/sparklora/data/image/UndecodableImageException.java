package org.sparklora.data.image;

/** The bytes are not a picture that can be read; the message says why. */
public final class UndecodableImageException extends Exception {
  private static final long serialVersionUID = 1L;

  public UndecodableImageException(String message) {
    super(message);
  }

  UndecodableImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
