package org.sparklora.cli.config;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Writes values in YAML so that every version of YAML reads them alike. */
public final class YamlText {
  /** Texts that need no quotes: a number, a word, or a path or URI made of words. */
  private static final Pattern PLAIN =
      Pattern.compile("-?\\d+(\\.\\d+)?(e-?\\d+)?|/?[A-Za-z][\\w./+-]*(:[\\w./+-]+)?");

  /** Words that YAML 1.1 takes for a boolean or for null. */
  private static final Pattern WORDS =
      Pattern.compile("(?i)y|yes|n|no|on|off|null|nan|inf|infinity");

  private static final int COMMENT_WIDTH = 100;

  private YamlText() {}

  static String of(Object value, List<String> texts) {
    if (value instanceof Map<?, ?> pairs) {
      return pairs.entrySet().stream()
          .map(e -> quoted(String.valueOf(e.getKey())) + ": " + quoted("" + e.getValue()))
          .collect(Collectors.joining(", ", "{", "}"));
    }
    return value instanceof Collection<?>
        ? texts.stream().map(YamlText::quoted).collect(Collectors.joining(", ", "[", "]"))
        : quoted(texts.get(0));
  }

  /** A text, a list of them, or texts by name. */
  public static String ofTexts(Object value) {
    if (value instanceof Map<?, ?>) {
      return of(value, List.of());
    }
    return value instanceof Collection<?> many
        ? of(many, many.stream().map(String::valueOf).toList())
        : quoted(String.valueOf(value));
  }

  /**
   * Breaks a comment into lines of at most 100 characters, at spaces.
   *
   * @param first what the first line begins with, up to {@code #} or a bullet behind it
   * @param next what each further line begins with
   */
  public static List<String> comment(String first, String next, String text) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder(first);
    for (String word : text.split("\\s+", -1)) {
      if (line.length() + word.length() + 1 > COMMENT_WIDTH) {
        lines.add(line.toString());
        line = new StringBuilder(next);
      }
      line.append(' ').append(word);
    }
    lines.add(line.toString());
    return lines;
  }

  static String quoted(String text) {
    return PLAIN.matcher(text).matches() && !WORDS.matcher(text).matches()
        ? text
        : '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
