package org.sparklora.data.image;

/** Bytes that are no picture this build can read; the message says why. */
public final class UndecodableImageException extends Exception {
  private static final long serialVersionUID = 1L;

  public UndecodableImageException(String message) {
    super(message);
  }

  UndecodableImageException(String message, Throwable cause) {
    super(message, cause);
  }
}
