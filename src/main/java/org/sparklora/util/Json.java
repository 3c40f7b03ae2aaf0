package org.sparklora.util;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** The JSON of this program. Nobody may change these mappers' settings: all threads share them. */
public final class Json {
  /** Jackson's default settings. */
  public static final ObjectMapper JSON = new JsonMapper();

  /** Passes over fields that the reader's record does not have, as a later version may write. */
  public static final ObjectMapper LENIENT =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private Json() {}
}
