package org.sparklora.spark.settings;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.util.InvalidInputException;

class SparkStartTest {
  /** As Spark's own errors: of a class that is missing, and of a number. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "spark.shuffle.manager | foo",
        "spark.memory.fraction | much",
      })
  void theSettingIsNamedThatAnErrorIsAbout(String key, String value) {
    SparkConf settings =
        new SparkConf(false).setMaster("local[1]").setAppName("none").set(key, value);
    assertThatThrownBy(() -> start(settings, key))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot start Spark: ")
        .hasMessageContaining("(" + key + "=" + value + "); correct this setting");
  }

  private static void start(SparkConf settings, String key) {
    SparkStart.of(
        settings,
        () -> {
          String value = settings.get(key);
          if (key.equals("spark.memory.fraction")) {
            return Double.valueOf(value);
          }
          return loaded(value);
        });
  }

  private static Class<?> loaded(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anErrorThatNamesItsSettingIsAsItWas() {
    SparkConf settings = new SparkConf(false).set("spark.ui.port", "some");
    assertThatThrownBy(
            () ->
                SparkStart.of(
                    settings,
                    () -> {
                      throw new IllegalArgumentException(
                          "spark.ui.port should be int, but was \"some\"");
                    }))
        .hasMessageStartingWith(
            "Cannot start Spark: spark.ui.port should be int, but was \"some\"; correct");
  }
}
