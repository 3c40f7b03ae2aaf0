package org.sparklora.cli.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import org.sparklora.store.RegularFile;
import org.sparklora.util.InvalidInputException;

/**
 * A {@code spark-defaults.conf}: a Java properties file.
 *
 * @param file empty if there is none
 * @param settings by key
 */
public record SparkDefaults(Optional<Path> file, Map<String, String> settings) {
  /** Spark's setting for {@code --master}. */
  static final String MASTER = "spark.master";

  /** The file that spark-submit reads by default. */
  static SparkDefaults ofSparkSubmit(Map<String, String> environment) {
    Optional<Path> folder =
        Optional.ofNullable(environment.get("SPARK_CONF_DIR"))
            .or(
                () ->
                    Optional.ofNullable(environment.get("SPARK_HOME")).map(home -> home + "/conf"))
            .map(Path::of);
    return in(folder);
  }

  /** The file that {@code java -jar} reads, only if {@code SPARK_CONF_DIR} is set. */
  static SparkDefaults ofJavaJar(Map<String, String> environment) {
    return in(Optional.ofNullable(environment.get("SPARK_CONF_DIR")).map(Path::of));
  }

  /**
   * Gives this process the settings that spark-submit would have given it. {@code spark.master}
   * becomes the default of {@code --master}, which otherwise could not win over it.
   *
   * @throws InvalidInputException (CONFIGURATION) when the file cannot be read
   */
  public static void applyToJavaJar(Map<String, String> environment, Properties system) {
    Map<String, String> settings = new TreeMap<>(ofJavaJar(environment).settings());
    Optional.ofNullable(system.getProperty(MASTER))
        .ifPresent(master -> settings.put(MASTER, master));
    system.remove(MASTER);
    settings.forEach(
        (key, value) ->
            system.putIfAbsent(
                key.equals(MASTER) ? SparkLoraSettings.PREFIX + "master" : key, value));
  }

  private static SparkDefaults in(Optional<Path> folder) {
    Optional<Path> file =
        folder.map(path -> path.resolve("spark-defaults.conf")).filter(Files::isRegularFile);
    return new SparkDefaults(file, file.map(SparkDefaults::read).orElse(Map.of()));
  }

  /** Reads the settings of a file as spark-submit does. */
  static Map<String, String> read(Path file) {
    Properties properties = new Properties();
    try {
      byte[] text = RegularFile.read(file, RegularFile.CONFIGURATION_BYTES);
      properties.load(new StringReader(new String(text, StandardCharsets.UTF_8)));
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidInputException.configuration("Cannot read " + file + ": " + e.getMessage());
    }
    Map<String, String> settings = new TreeMap<>();
    properties.forEach(
        (key, value) -> {
          if (key.toString().startsWith("spark.")) {
            settings.put(key.toString(), value.toString().strip());
          }
        });
    return settings;
  }

  /** This file, if it has this setting with this value. */
  Optional<String> fileThatSays(String key, String value) {
    return value.strip().equals(settings.get(key)) ? file.map(Path::toString) : Optional.empty();
  }
}
