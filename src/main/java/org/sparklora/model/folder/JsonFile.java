package org.sparklora.model.folder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.sparklora.store.RegularFile;
import org.sparklora.util.ForeignFile;
import org.sparklora.util.InvalidInputException;
import org.sparklora.util.Json;

/** A whole JSON file, as Python's programs write it. */
public final class JsonFile {
  private JsonFile() {}

  /**
   * Reads a file.
   *
   * @throws InvalidInputException (DATA) when it cannot be read, is too long or is not valid
   */
  public static JsonNode read(Path file, String source) {
    try {
      byte[] content = RegularFile.read(file, RegularFile.CONFIGURATION_BYTES);
      ForeignFile.of(content)
          .ifPresent(
              foreign -> {
                throw InvalidInputException.data("Invalid " + source + ": " + foreign.text());
              });
      return Json.PYTHON.readTree(content);
    } catch (JsonProcessingException e) {
      throw InvalidInputException.data(
          "Invalid " + source + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + source + ": " + e.getMessage(), e);
    }
  }
}
