package org.sparklora.data;

import static com.fasterxml.jackson.databind.DeserializationFeature.FAIL_ON_TRAILING_TOKENS;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/**
 * The value of a caption column of type string: one caption, or several as a JSON list of strings.
 */
final class CaptionText {
  private static final ObjectMapper JSON = new ObjectMapper();

  private CaptionText() {}

  /** The captions; a text that is no JSON list of at least one string is a caption itself. */
  static List<String> captions(String text) {
    String stripped = text.strip();
    if (!stripped.startsWith("[\"") && !stripped.startsWith("[ \"")) {
      return List.of(text);
    }
    try {
      String[] captions =
          JSON.readerFor(String[].class).with(FAIL_ON_TRAILING_TOKENS).readValue(stripped);
      return List.of(captions);
    } catch (JsonProcessingException e) {
      return List.of(text);
    }
  }
}
