package org.sparklora.data.caption;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.tensor.KeyedRandom;

/**
 * Words to choose from in a caption, {@code {red|blue} hat}, as kohya's {@code enable_wildcard}
 * reads them. Two braces stand for one.
 */
final class Wildcards {
  private static final Pattern CHOICE = Pattern.compile("\\{([^}]+)\\}");

  /** Private-use characters, which stand for literal braces while the text is read. */
  private static final String OPENING = "\uE000";

  private static final String CLOSING = "\uE001";

  private Wildcards() {}

  static String chosen(String caption, KeyedRandom random) {
    String apart = caption.replace("{{", OPENING).replace("}}", CLOSING);
    String chosen =
        CHOICE
            .matcher(apart)
            .replaceAll(
                found -> {
                  String[] words = found.group(1).split("\\|", -1);
                  return Matcher.quoteReplacement(words[(int) random.below(words.length)]);
                });
    return chosen.replace(OPENING, "{").replace(CLOSING, "}");
  }
}
