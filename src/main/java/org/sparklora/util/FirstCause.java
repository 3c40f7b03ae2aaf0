package org.sparklora.util;

/** Builds the one-line message of a failure. */
public final class FirstCause {
  private FirstCause() {}

  /** The failure's own message, plus that of its innermost cause if it says more. */
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
