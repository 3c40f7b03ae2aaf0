package org.sparklora.train.checkpoint;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The contents of a checkpoint. The manifest is written last, so a folder with one is complete.
 *
 * <p>No random generator needs to be saved: everything random is a function of the seed, which is
 * part of the configuration, and of the step, the epoch or the sample's id.
 *
 * @param version the format of this manifest and of the files it names
 * @param step the next step
 * @param configuration settings that a resumed run must share, by flag
 * @param files size and hash by file name
 */
record CheckpointManifest(
    int version, long step, Map<String, String> configuration, Map<String, Entry> files) {
  static final String NAME = "manifest.json";
  static final int VERSION = 1;

  /** A file's size in bytes and its SHA-256 in hexadecimal. */
  record Entry(long bytes, String sha256) {}

  CheckpointManifest {
    configuration = Collections.unmodifiableMap(new TreeMap<>(configuration));
    files = Collections.unmodifiableMap(new TreeMap<>(files));
  }

  /** Reads a manifest; empty if the bytes are not one of any version, such as half of one. */
  static Optional<CheckpointManifest> parse(byte[] json) {
    JsonNode root;
    try {
      root = JSON.readTree(new String(json, StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
    if (!root.path("format_version").isInt()
        || !root.path("step").isIntegralNumber()
        || !root.path("files").isObject()
        || root.path("files").propertyStream().anyMatch(file -> isElsewhere(file.getKey()))) {
      return Optional.empty();
    }
    Map<String, String> configuration = new TreeMap<>();
    root.path("configuration")
        .properties()
        .forEach(field -> configuration.put(field.getKey(), field.getValue().asText()));
    Map<String, Entry> files = new TreeMap<>();
    root.path("files")
        .properties()
        .forEach(
            field ->
                files.put(
                    field.getKey(),
                    new Entry(
                        field.getValue().path("bytes").asLong(-1),
                        field.getValue().path("sha256").asText())));
    return Optional.of(
        new CheckpointManifest(
            root.get("format_version").intValue(),
            root.get("step").longValue(),
            configuration,
            files));
  }

  /** Whether a name points outside of the manifest's own folder. */
  private static boolean isElsewhere(String name) {
    return name.isEmpty()
        || name.equals(".")
        || name.equals("..")
        || name.contains("/")
        || name.contains(":");
  }

  byte[] toJson() {
    ObjectNode root = JSON.createObjectNode();
    root.put("format_version", version);
    root.put("step", step);
    ObjectNode settings = root.putObject("configuration");
    configuration.forEach(settings::put);
    ObjectNode list = root.putObject("files");
    files.forEach(
        (name, entry) ->
            list.putObject(name).put("bytes", entry.bytes()).put("sha256", entry.sha256()));
    return (root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
