package org.sparklora.cli;

import java.util.Locale;
import org.sparklora.util.Redaction;

/**
 * The line in which a failure is told. It may quote what a file or a server says: no secret, no
 * control character, which a terminal would obey, and no megabytes of it.
 */
final class ErrorLine {
  private static final int MOST_CHARACTERS = 4000;

  /** Kept of the end of a longer text, because the end says what to do. */
  private static final int AT_THE_END = 1000;

  private ErrorLine() {}

  static String of(String problem) {
    String text = shortened(Redaction.text(problem));
    StringBuilder line = new StringBuilder("error: ");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t') {
        line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    return line.toString();
  }

  private static String shortened(String text) {
    if (text.length() <= MOST_CHARACTERS) {
      return text;
    }
    return text.substring(0, MOST_CHARACTERS - AT_THE_END)
        + "... ("
        + text.length()
        + " characters) ..."
        + text.substring(text.length() - AT_THE_END);
  }
}
