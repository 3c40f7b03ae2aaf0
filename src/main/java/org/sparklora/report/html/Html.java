package org.sparklora.report.html;

import java.util.ArrayDeque;
import java.util.Deque;
import org.sparklora.util.Redaction;

/** Writes HTML: whatever is not markup is escaped, and the credentials of URIs are left out. */
public final class Html {
  private final StringBuilder out = new StringBuilder();
  private final Deque<String> open = new ArrayDeque<>();

  /**
   * Begins an element.
   *
   * @param attributes names and values in turn
   */
  public Html open(String tag, String... attributes) {
    start(tag, attributes);
    open.push(tag);
    return this;
  }

  /** Ends the innermost element. */
  public Html close() {
    out.append("</").append(open.pop()).append('>');
    return this;
  }

  /** An element without content and end tag. */
  public Html empty(String tag, String... attributes) {
    return start(tag, attributes);
  }

  /** An element that holds text. */
  public Html element(String tag, String text, String... attributes) {
    return open(tag, attributes).text(text).close();
  }

  public Html text(String text) {
    out.append(escaped(text));
    return this;
  }

  /** Markup that is not escaped. */
  public Html markup(String markup) {
    out.append(markup);
    return this;
  }

  private Html start(String tag, String... attributes) {
    out.append('<').append(tag);
    for (int i = 0; i < attributes.length; i += 2) {
      out.append(' ').append(attributes[i]);
      out.append("=\"").append(escaped(attributes[i + 1])).append('"');
    }
    out.append('>');
    return this;
  }

  private static String escaped(String text) {
    String safe = Redaction.text(text);
    StringBuilder escaped = new StringBuilder(safe.length() + 16);
    for (int i = 0; i < safe.length(); i++) {
      char c = safe.charAt(i);
      switch (c) {
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        case '"' -> escaped.append("&quot;");
        case '\'' -> escaped.append("&#39;");
        default -> escaped.append(Character.isISOControl(c) && c != '\n' && c != '\t' ? ' ' : c);
      }
    }
    return escaped.toString();
  }

  /** The whole text. */
  @Override
  public String toString() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("Elements are open: " + open);
    }
    return out.toString();
  }
}
