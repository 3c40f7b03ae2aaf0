package org.sparklora.spark.prepare;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import java.util.List;
import java.util.Optional;
import org.sparklora.data.cache.CacheFile;
import org.sparklora.data.row.BadImage;

/**
 * The files of one encoded range. It is stored and sent as JSON, because Kryo, which some clusters
 * use for results, cannot build records.
 *
 * @param name beginning of its files' names
 * @param files one for each size of latents; none if the range has no good row
 * @param badImages number of rows left out
 * @param firstBadImages the first few of them
 */
record EncodedRange(
    @JsonProperty("name") String name,
    @JsonProperty("files") List<CacheFile> files,
    @JsonProperty("bad_images") long badImages,
    @JsonProperty("first_bad_images") List<BadImage> firstBadImages) {
  EncodedRange {
    files = List.copyOf(files);
    firstBadImages = List.copyOf(firstBadImages);
  }

  /** Number of rows encoded or left out. */
  long rows() {
    return badImages + files.stream().mapToLong(CacheFile::samples).sum();
  }

  String toJson() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write a range's result: " + this, e);
    }
  }

  static EncodedRange fromJson(String json) {
    return parse(json)
        .orElseThrow(() -> new IllegalStateException("Cannot read a range's result: " + json));
  }

  /** Reads a range; empty if the text is not one, such as half of one. */
  static Optional<EncodedRange> parse(String json) {
    try {
      return Optional.ofNullable(JSON.readValue(json, EncodedRange.class))
          .filter(range -> range.name() != null);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
