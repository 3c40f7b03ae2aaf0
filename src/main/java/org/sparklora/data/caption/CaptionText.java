package org.sparklora.data.caption;

import static com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS;
import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The value of a caption column of type string: one caption, or several as a JSON list of strings.
 * A blank text is not a caption.
 */
public final class CaptionText {
  private static final Pattern LIST = Pattern.compile("\\[\\s*(\"|]|null\\b).*", Pattern.DOTALL);

  /** Unicode letters that are invisible: Hangul fillers and the empty Braille cell. */
  private static final String DRAWN_AS_NOTHING = "\u115F\u1160\u3164\uFFA0\u2800";

  private CaptionText() {}

  /** The captions of a text. A text that is not a JSON list of strings is a caption itself. */
  public static List<String> captions(String text) {
    String stripped = text.strip();
    if (!LIST.matcher(stripped).matches()) {
      return present(List.of(text));
    }
    try {
      String[] captions =
          JSON.readerFor(String[].class).with(FAIL_ON_TRAILING_TOKENS).readValue(stripped);
      return present(Arrays.stream(captions).filter(Objects::nonNull).toList());
    } catch (JsonProcessingException e) {
      return List.of(text);
    }
  }

  /** The texts that are not blank. */
  public static List<String> present(List<String> texts) {
    return texts.stream().filter(text -> !isBlank(text)).toList();
  }

  /**
   * Whether a text is invisible: it has only spaces of any kind and width, line ends, marks and
   * control codes.
   */
  public static boolean isBlank(String text) {
    return text.codePoints().allMatch(CaptionText::isInvisible);
  }

  private static boolean isInvisible(int c) {
    return Character.isWhitespace(c)
        || Character.isSpaceChar(c)
        || Character.isISOControl(c)
        || Character.getType(c) == Character.FORMAT
        || DRAWN_AS_NOTHING.indexOf(c) >= 0;
  }
}
