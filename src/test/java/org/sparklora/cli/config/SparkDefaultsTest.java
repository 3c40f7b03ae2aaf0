package org.sparklora.cli.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.util.InvalidInputException;

class SparkDefaultsTest {
  @TempDir private Path folder;

  @Test
  void javaJarTakesTheSettingsThatSparkSubmitWouldTake() throws IOException {
    write("spark.lora.rank 8\nspark.executor.memory   2g \n# no\nother.key 1\nspark.master yarn\n");
    Properties system = new Properties();
    system.setProperty("spark.executor.memory", "3g");
    SparkDefaults.applyToJavaJar(Map.of("SPARK_CONF_DIR", folder.toString()), system);
    assertThat(system)
        .containsOnly(
            Map.entry("spark.lora.rank", "8"),
            Map.entry("spark.executor.memory", "3g"),
            Map.entry("spark.lora.master", "yarn"));
  }

  @Test
  void javaJarLooksNowhereWithoutBeingTold() throws IOException {
    Files.createDirectory(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/spark-defaults.conf"), "spark.lora.rank 8\n");
    Properties system = new Properties();
    SparkDefaults.applyToJavaJar(Map.of("SPARK_HOME", folder.toString()), system);
    assertThat(system).isEmpty();
    SparkDefaults submitted = SparkDefaults.ofSparkSubmit(Map.of("SPARK_HOME", folder.toString()));
    assertThat(submitted.fileThatSays("spark.lora.rank", "8"))
        .contains(folder.resolve("conf/spark-defaults.conf").toString());
    assertThat(submitted.fileThatSays("spark.lora.rank", "9")).isEmpty();
  }

  @Test
  void aFileThatIsNoPropertiesIsRefused() throws IOException {
    write("spark.lora.rank \\u00zz\n");
    Map<String, String> environment = Map.of("SPARK_CONF_DIR", folder.toString());
    assertThatThrownBy(() -> SparkDefaults.applyToJavaJar(environment, new Properties()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Cannot read " + folder.resolve("spark-defaults.conf"));
  }

  private void write(String text) throws IOException {
    Files.writeString(folder.resolve("spark-defaults.conf"), text);
  }
}
