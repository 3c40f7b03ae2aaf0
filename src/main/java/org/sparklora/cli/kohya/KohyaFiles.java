package org.sparklora.cli.kohya;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.sparklora.store.RegularFile;
import org.sparklora.util.InvalidInputException;

/** Reads their files: TOML, JSON, and scripts of a shell. */
final class KohyaFiles {
  private KohyaFiles() {}

  /** A configuration: its sections are only for readers, as in their {@code --config_file}. */
  static KohyaSettings configuration(Path file) {
    if (!file.toString().endsWith(".toml")) {
      return KohyaScript.read(text(file), file);
    }
    Map<String, List<String>> values = new LinkedHashMap<>();
    tree(file)
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().isObject()) {
                values.putAll(values(entry.getValue()));
              } else {
                values.put(entry.getKey(), texts(entry.getValue()));
              }
            });
    return new KohyaSettings(values);
  }

  /** The data sets of a file, {@code [[datasets]]} with their {@code [[datasets.subsets]]}. */
  static List<KohyaSubset> subsets(Path file) {
    JsonNode tree = tree(file);
    KohyaSettings general = new KohyaSettings(values(tree.path("general")));
    List<KohyaSubset> subsets = new ArrayList<>();
    for (JsonNode dataset : tree.path("datasets")) {
      KohyaSettings common = general.overriddenBy(new KohyaSettings(values(dataset)));
      int at = subsets.isEmpty() ? 0 : subsets.get(subsets.size() - 1).dataset() + 1;
      for (JsonNode subset : dataset.path("subsets")) {
        subsets.add(new KohyaSubset(at, common.overriddenBy(new KohyaSettings(values(subset)))));
      }
    }
    if (subsets.isEmpty()) {
      throw invalid(file + " has no [[datasets]] with [[datasets.subsets]]");
    }
    return subsets;
  }

  private static JsonNode tree(Path file) {
    try {
      JsonMapper mapper = file.toString().endsWith(".json") ? new JsonMapper() : null;
      return mapper == null ? new TomlMapper().readTree(text(file)) : mapper.readTree(text(file));
    } catch (JsonProcessingException e) {
      throw invalid(
          file
              + (e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr())
              + " cannot be read: "
              + e.getOriginalMessage());
    }
  }

  private static Map<String, List<String>> values(JsonNode table) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    table
        .properties()
        .forEach(
            entry -> {
              boolean tables = entry.getValue().isArray() && entry.getValue().path(0).isObject();
              if (!entry.getValue().isObject() && !tables) {
                values.put(entry.getKey(), texts(entry.getValue()));
              }
            });
    return values;
  }

  private static List<String> texts(JsonNode value) {
    List<String> texts = new ArrayList<>();
    if (value.isArray()) {
      value.forEach(one -> texts.add(one.asText()));
    } else {
      texts.add(value.asText());
    }
    return texts;
  }

  static String text(Path file) {
    try {
      byte[] bytes = RegularFile.read(file, RegularFile.CONFIGURATION_BYTES);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (NoSuchFileException e) {
      throw invalid(file + " is not there");
    } catch (IOException e) {
      throw invalid(file + " cannot be read as UTF-8 text: " + e.getMessage());
    }
  }

  static InvalidInputException invalid(String problem) {
    return InvalidInputException.configuration("Invalid configuration of sd-scripts: " + problem);
  }
}
