package org.sparklora.verify;

import com.fasterxml.jackson.databind.JsonNode;
import org.sparklora.util.InvalidInputException;

/**
 * The settings of a reference's run. A missing one is no zero: the run would then be another one.
 *
 * @param where for messages
 */
record Settings(String where, JsonNode json) {
  double number(String key) {
    return require(key, json.path(key).isNumber(), "a number").doubleValue();
  }

  /** A whole number from 1 up to a bound. */
  int count(String key, int most) {
    JsonNode value = json.path(key);
    boolean fits = value.canConvertToInt() && value.intValue() >= 1 && value.intValue() <= most;
    return require(key, fits, "a whole number from 1 to " + most).intValue();
  }

  String text(String key) {
    return require(key, json.path(key).isTextual(), "a text").asText();
  }

  /** A list that is not empty, whose elements all have so many numbers. */
  JsonNode rows(String key, int columns) {
    JsonNode rows = json.path(key);
    boolean whole =
        rows.isArray()
            && !rows.isEmpty()
            && rows.valueStream()
                .allMatch(
                    row -> row.size() == columns && row.valueStream().allMatch(JsonNode::isNumber));
    return require(key, whole, "a list of " + columns + " numbers for each step");
  }

  private JsonNode require(String key, boolean holds, String expected) {
    JsonNode value = json.path(key);
    if (!holds) {
      String given = value.isMissingNode() || value.isContainerNode() ? "" : " " + value;
      throw InvalidInputException.data(
          "Invalid reference: " + where + ": " + key + given + "; expected " + expected);
    }
    return value;
  }
}
