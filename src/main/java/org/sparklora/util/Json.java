package org.sparklora.util;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * The JSON mappers of this program. Their settings must not be changed, because all threads share
 * them.
 */
public final class Json {
  /** Jackson's default settings. */
  public static final ObjectMapper JSON = new JsonMapper();

  /**
   * Ignores fields that the reader's record does not have, because a later version may write more
   * fields.
   */
  public static final ObjectMapper LENIENT =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /**
   * The JSON that Python's {@code json} module writes: {@code NaN}, {@code Infinity} and {@code
   * -Infinity} are numbers, as in diffusers' {@code "lambda_min_clipped": -Infinity}. Text after
   * the document is an error.
   */
  public static final ObjectMapper PYTHON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private Json() {}
}
