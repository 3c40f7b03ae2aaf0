package org.sparklora.spark.prepare;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.sparklora.data.BadImage;
import org.sparklora.data.CacheFile;

/**
 * What a task wrote. It travels as JSON, because Kryo, where a cluster uses that for results,
 * cannot build records.
 *
 * @param files none when the range held no good row
 * @param badImages number of rows left out
 * @param firstBadImages the first few of them
 */
record EncodedRange(
    @JsonProperty("files") List<CacheFile> files,
    @JsonProperty("bad_images") long badImages,
    @JsonProperty("first_bad_images") List<BadImage> firstBadImages) {
  private static final ObjectMapper JSON = new ObjectMapper();

  String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write a task's result: " + this, e);
    }
  }

  static EncodedRange fromJson(String json) {
    try {
      return JSON.readValue(json, EncodedRange.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot read a task's result: " + json, e);
    }
  }
}
