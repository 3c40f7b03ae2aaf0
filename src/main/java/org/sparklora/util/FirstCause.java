package org.sparklora.util;

/** What a failure is said to be. */
public final class FirstCause {
  private FirstCause() {}

  /** The failure's own words, and those of what began it where they say more. */
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
