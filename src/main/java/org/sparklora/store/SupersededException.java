package org.sparklora.store;

/** Another run has taken over the output folder; this one must not write to it any more. */
public final class SupersededException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public SupersededException(String message) {
    super(message);
  }
}
