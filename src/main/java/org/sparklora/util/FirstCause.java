package org.sparklora.util;

/** Builds the one-line message of a failure. */
public final class FirstCause {
  private FirstCause() {}

  /** Returns the failure's own message, and that of its innermost cause if it adds something. */
  public static String of(Throwable e) {
    Throwable first = e;
    while (first.getCause() != null && first.getCause() != first) {
      first = first.getCause();
    }
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    String cause = first.toString().lines().findFirst().orElse("");
    return first == e || message.contains(String.valueOf(first.getMessage()))
        ? (e.getMessage() == null ? e.toString() : message)
        : message + " (first cause: " + cause + ")";
  }
}
