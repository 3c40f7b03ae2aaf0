package org.sparklora.cli.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Flags among Spark's settings, {@code spark.lora.<flag>}. They come from {@code --conf}, from
 * {@code spark-defaults.conf} or from system properties, and can be an administrator's defaults for
 * everyone.
 */
final class SparkLoraSettings {
  static final String PREFIX = "spark.lora.";

  private SparkLoraSettings() {}

  /**
   * Reads the flags.
   *
   * @param settings of Spark, by key
   * @param defaults settings among them that come from a {@code spark-defaults.conf}
   * @param keys of the command
   * @param everyone keys of all commands that read such settings; a setting may belong to another
   *     command
   */
  static List<Given> read(
      Map<String, String> settings,
      SparkDefaults defaults,
      FlagKeys keys,
      FlagKeys everyone,
      List<String> problems) {
    Map<OptionSpec, Given> given = new LinkedHashMap<>();
    for (Map.Entry<String, String> setting : new TreeMap<>(settings).entrySet()) {
      if (!setting.getKey().startsWith(PREFIX)) {
        continue;
      }
      String key = setting.getKey().substring(PREFIX.length());
      Origin.SparkSetting origin =
          new Origin.SparkSetting(
              setting.getKey(), defaults.fileThatSays(setting.getKey(), setting.getValue()));
      Optional<OptionSpec> option = keys.find(key);
      if (everyone.find(key).isEmpty()) {
        problems.add("Unknown setting " + origin + "." + everyone.didYouMean(key));
      } else if (everyone.find(key).filter(FlagKeys::isSecret).isPresent()) {
        problems.add(
            "Unsupported "
                + origin
                + ": Spark's settings are shown and kept; set the secret in the environment of the"
                + " driver, or as a flag");
      } else if (option.isPresent()) {
        Given now = new Given(option.get(), key, List.of(setting.getValue().strip()), origin);
        Given before = given.put(option.get(), now);
        if (before != null && !before.hasValueOf(now)) {
          problems.add("Duplicate " + origin + ": " + now.contradicts(before));
        }
      }
    }
    return new ArrayList<>(given.values());
  }
}
