package org.sparklora.data.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.sparklora.store.RegularFile;
import org.sparklora.store.WholeFile;
import org.sparklora.util.InvalidInputException;

/**
 * The configurations of a data set, from {@code configs:} at the head of its README.md. They say
 * which files belong together; without them the names of the files do.
 *
 * @param root the data set's folder
 * @param configs in the order of the file
 */
record DatasetCard(Path root, List<CardConfig> configs) {
  private static final String FILE = "README.md";
  private static final Pattern HEAD =
      Pattern.compile("\\A---\\s*\\R(.*?\\R)---\\s*(?:\\R.*|\\z)", Pattern.DOTALL);
  private static final int MOST_ALIASES = 50;

  /**
   * Reads the card of a folder; empty without one, or where it lists no configurations.
   *
   * @throws InvalidInputException (DATA) when its head cannot be read
   */
  static Optional<DatasetCard> of(FileSystem files, Path root) throws IOException {
    Path card = new Path(root, FILE);
    if (!files.exists(card)) {
      return Optional.empty();
    }
    byte[] bytes = WholeFile.read(files, card, RegularFile.CONFIGURATION_BYTES);
    List<CardConfig> configs = configs(card, new String(bytes, StandardCharsets.UTF_8));
    return configs.isEmpty() ? Optional.empty() : Optional.of(new DatasetCard(root, configs));
  }

  private static List<CardConfig> configs(Path card, String text) {
    Matcher head = HEAD.matcher(text);
    if (!head.matches() || !head.group(1).contains("configs:")) {
      return List.of();
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setAllowDuplicateKeys(false)
            .setMaxAliasesForCollections(MOST_ALIASES)
            .build();
    try {
      Object read = new Load(settings).loadFromString(head.group(1));
      return read instanceof Map<?, ?> map && map.get("configs") instanceof List<?> list
          ? list.stream().map(one -> config(card, one)).toList()
          : List.of();
    } catch (YamlEngineException e) {
      throw invalid(card, String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  private static CardConfig config(Path card, Object read) {
    if (!(read instanceof Map<?, ?> map) || map.get("config_name") == null) {
      throw invalid(card, "an entry has no config_name: " + read);
    }
    return new CardConfig(
        String.valueOf(map.get("config_name")),
        Boolean.TRUE.equals(map.get("default")),
        Optional.ofNullable(map.get("data_dir"))
            .map(folder -> FilePatterns.trimmed(String.valueOf(folder)))
            .filter(folder -> !folder.isEmpty() && !folder.equals(".")),
        dataFiles(card, map.get("data_files")));
  }

  /** Patterns without a split are of the split train. */
  private static Map<String, List<String>> dataFiles(Path card, Object read) {
    Map<String, List<String>> splits = new LinkedHashMap<>();
    if (read instanceof List<?> list && list.stream().anyMatch(Map.class::isInstance)) {
      for (Object one : list) {
        if (!(one instanceof Map<?, ?> entry) || entry.get("path") == null) {
          throw invalid(card, "an entry of data_files has no path");
        }
        Object split = entry.get("split") == null ? "train" : entry.get("split");
        splits
            .computeIfAbsent(String.valueOf(split), key -> new ArrayList<>())
            .addAll(paths(card, entry.get("path")));
      }
    } else if (read != null) {
      splits.put("train", paths(card, read));
    }
    return splits;
  }

  private static List<String> paths(Path card, Object read) {
    List<?> all = read instanceof List<?> list ? list : List.of(read);
    if (all.isEmpty() || !all.stream().allMatch(String.class::isInstance)) {
      throw invalid(card, "data_files has " + read + " in place of patterns");
    }
    return all.stream().map(String.class::cast).toList();
  }

  /**
   * The configuration to read if none is named, chosen as in {@code datasets}.
   *
   * @throws InvalidInputException (DATA) when there are several and no default, naming them
   */
  CardConfig chosen() {
    if (configs.size() == 1) {
      return configs.get(0);
    }
    return configs.stream()
        .filter(CardConfig::isDefault)
        .findFirst()
        .or(() -> named(CardConfig.DEFAULT_NAME))
        .orElseThrow(
            () ->
                InvalidInputException.data(
                    "Missing configuration: "
                        + new Path(root, FILE)
                        + " lists "
                        + String.join(", ", configs.stream().map(CardConfig::name).toList())
                        + " and no default; name one at the end of the location, as in "
                        + new Path(root, configs.get(0).name())));
  }

  Optional<CardConfig> named(String name) {
    return configs.stream().filter(config -> config.name().equals(name)).findFirst();
  }

  private static InvalidInputException invalid(Path card, String why) {
    return InvalidInputException.data(
        "Invalid data set: " + card + " has configs that cannot be read: " + why);
  }
}
