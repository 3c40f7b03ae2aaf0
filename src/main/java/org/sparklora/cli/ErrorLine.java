package org.sparklora.cli;

import java.util.Locale;
import org.sparklora.util.Redaction;

/**
 * The line in which a failure is told. It may quote what a file or a server says: no secret, no
 * control character, which a terminal would obey, and no megabytes of it.
 */
final class ErrorLine {
  private static final int MOST_CHARACTERS = 4000;

  private ErrorLine() {}

  static String of(String problem) {
    String text = Redaction.text(problem);
    StringBuilder line = new StringBuilder("error: ");
    for (int i = 0; i < Math.min(text.length(), MOST_CHARACTERS); i++) {
      char c = text.charAt(i);
      if (Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t') {
        line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        line.append(c);
      }
    }
    if (text.length() > MOST_CHARACTERS) {
      line.append("... (").append(text.length()).append(" characters)");
    }
    return line.toString();
  }
}
