package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingValuesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bogus://",
        "local[0]",
        "local[-1]",
        "local[x]",
        "local[2,0]",
        "local-cluster[0,1,1024]",
        "local-cluster[1,0,1024]",
        "local-cluster[1,1,0]",
        "local-cluster[1,1,100]",
        "local-cluster[1,1]",
        "spark://host",
        "spark://",
        "mesos://host:5050",
        "k8s://",
        "Local[1]"
      })
  void aMasterThatCannotBeIsRefused(String master) {
    assertThat(problems(Map.of("spark.master", master)))
        .singleElement()
        .asString()
        .startsWith("Invalid --master: " + master + "; ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "local",
        "local[1]",
        "local[*]",
        "local[2,3]",
        "local-cluster[2,1,1024]",
        "local-cluster[ 2 , 1 , 1024 ]",
        "spark://host:7077",
        "spark://a:7077,b:7077",
        "yarn",
        "k8s://https://host:443"
      })
  void everyOtherMasterIsTaken(String master) {
    assertThat(problems(Map.of("spark.master", master))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spark.task.cpus | 0",
        "spark.task.cpus | two",
        "spark.executor.cores | 0",
        "spark.cores.max | -1",
        "spark.task.maxFailures | 0",
        "spark.executor.memory | lots",
        "spark.executor.memory | 100m",
        "spark.driver.memory | 1.5g",
        "spark.executor.memoryOverhead | x",
        "spark.network.timeout | soon",
        "spark.driver.port | 70000",
        "spark.driver.port | 80",
        "spark.blockManager.port | x",
        "spark.serializer | com.example.None",
        "spark.local.dir | /dev/null/none"
      })
  void aValueThatSparkWouldRefuseIsNamed(String key, String value) {
    assertThat(problems(Map.of("spark.master", "local[1]", key, value)))
        .singleElement()
        .asString()
        .startsWith("Invalid " + key + ": " + value + "; ");
  }

  @Test
  void aTaskMustFitIntoAnExecutor() {
    Map<String, String> settings =
        Map.of("spark.master", "local-cluster[1,1,1024]", "spark.task.cpus", "2");
    assertThat(problems(settings)).singleElement().asString().contains("an executor has 1 core");
  }

  @Test
  void aSecretIsAskedForWhereSparkMakesNoneUp() {
    String on = "true";
    assertThat(problems(Map.of("spark.master", "spark://h:7077", "spark.authenticate", on)))
        .singleElement()
        .asString()
        .startsWith("Missing spark.authenticate.secret");
    assertThat(problems(Map.of("spark.master", "local[1]", "spark.authenticate", on))).isEmpty();
    assertThat(
            problems(
                Map.of(
                    "spark.master",
                    "spark://h:7077",
                    "spark.authenticate",
                    on,
                    "spark.authenticate.secret",
                    "s")))
        .isEmpty();
  }

  private static List<String> problems(Map<String, String> settings) {
    return SettingValues.problems(key -> settings.getOrDefault(key, ""), Map.of());
  }
}
