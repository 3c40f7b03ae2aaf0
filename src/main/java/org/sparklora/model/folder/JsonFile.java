package org.sparklora.model.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.sparklora.store.RegularFile;
import org.sparklora.util.ForeignFile;
import org.sparklora.util.InvalidInputException;

/** A whole JSON file. */
public final class JsonFile {
  private static final ObjectReader JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build().reader();

  private JsonFile() {}

  public static JsonNode read(Path file, String source) {
    return read(file, source, JSON);
  }

  /**
   * Reads a file by other rules than those of JSON.
   *
   * @throws InvalidInputException (DATA) when it cannot be read, is too long or is not valid
   */
  public static JsonNode read(Path file, String source, ObjectReader rules) {
    try {
      byte[] content = RegularFile.read(file, RegularFile.CONFIGURATION_BYTES);
      ForeignFile.of(content)
          .ifPresent(
              foreign -> {
                throw InvalidInputException.data("Invalid " + source + ": " + foreign.text());
              });
      return rules.readTree(content);
    } catch (JsonProcessingException e) {
      throw InvalidInputException.data(
          "Invalid " + source + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + source + ": " + e.getMessage(), e);
    }
  }
}
