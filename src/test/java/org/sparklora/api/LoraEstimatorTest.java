package org.sparklora.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.Application;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.util.InvalidInputException;

/** The params: flags of the command line in Spark ML's form. */
@Tag("long")
class LoraEstimatorTest {
  private static String commandLine(String... args) {
    StringWriter err = new StringWriter();
    Application.run(new PrintWriter(new StringWriter()), new PrintWriter(err, true), args);
    return err.toString();
  }

  @Test
  void theParamsAreTheFlags() {
    LoraEstimator estimator = new LoraEstimator();
    List<String> names = Arrays.stream(estimator.params()).map(Param::name).toList();
    assertThat(names)
        .hasSizeGreaterThan(100)
        .contains("pretrained_model_name_or_path", "rank", "learning_rate", "noise_offset")
        .doesNotContain("master", "hub_token", "help", "version");
    assertThat(estimator.getOrDefault(estimator.getParam("rank"))).isEqualTo(4);
    assertThat(estimator.explainParams())
        .contains("rank: ", "(default: 4)")
        .doesNotContain("${DEFAULT-VALUE}");
    estimator.flag("rank", 8).flag("train_data_dir", "pictures");
    assertThat(estimator.explainParams()).contains("(default: 4, current: 8)");
    assertThat(estimator.isSet(estimator.getParam("dataset_name"))).isTrue();
  }

  @Test
  void aValueIsRefusedAsTheCommandLineRefusesIt() {
    LoraEstimator estimator = new LoraEstimator();
    for (String[] flag :
        new String[][] {
          {"rank", "0"},
          {"rank", "four"},
          {"rnak", "4"},
          {"learning_rate", "-1"},
          {"use_dora", "maybe"}
        }) {
      String said = commandLine("train", "--" + flag[0] + "=" + flag[1]);
      assertThatThrownBy(() -> estimator.flag(flag[0], flag[1]))
          .isInstanceOf(InvalidInputException.class)
          .satisfies(e -> assertThat(said).contains("error: " + e.getMessage()));
    }
    assertThatThrownBy(() -> estimator.flag("master", "local"))
        .hasMessage(
            "Unsupported --master: it is no param here; the session or the caller decides it");
    Param<Object> rank = estimator.getParam("rank");
    assertThatThrownBy(() -> estimator.set(rank, 0)).hasMessageContaining("Invalid --rank: 0");
    assertThat(estimator.isSet(rank)).isFalse();
  }

  @Test
  void aCopyHasItsOwnValuesAndAGridSetsThem() {
    LoraEstimator estimator = new LoraEstimator().flag("rank", 8).flag("use_dora", true);
    Param<Object> rank = estimator.getParam("rank");
    ParamMap[] grid =
        new ParamGridBuilder()
            .addGrid(rank, scala.jdk.javaapi.CollectionConverters.asScala(List.<Object>of(2, 16)))
            .build();
    assertThat(grid).hasSize(2);
    LoraEstimator copy = estimator.copy(grid[1]);
    assertThat(copy.uid()).isEqualTo(estimator.uid());
    assertThat(copy.getOrDefault(rank)).isEqualTo(16);
    assertThat(copy.getOrDefault(copy.getParam("use_dora"))).isEqualTo(true);
    assertThat(estimator.getOrDefault(rank)).isEqualTo(8);
  }

  @Test
  void whatIsSavedIsLoaded(@TempDir Path folder) throws IOException {
    SparkSession unused = SparkTestSession.get();
    assertThat(unused).isNotNull();
    LoraEstimator estimator =
        new LoraEstimator()
            .flag("rank", 8)
            .flag("learning_rate", 1e-3)
            .flag("seed", 5_000_000_000L)
            .flag("validation_prompt", List.of("a book, red", "a \"pen\""));
    String place = folder.resolve("estimator").toString();
    estimator.save(place);
    LoraEstimator loaded = LoraEstimator.load(place);
    assertThat(FlagValues.given(loaded)).isEqualTo(FlagValues.given(estimator)).hasSize(4);
    assertThat(loaded.uid()).isEqualTo(estimator.uid());
  }

  @Test
  void aModelTakesTheFlagsOfDrawing() {
    LoraModel model = LoraModel.of("somewhere");
    assertThat(model.adapter()).isEqualTo("somewhere");
    assertThatThrownBy(() -> model.flag("num_inference_steps", 0))
        .hasMessageContaining("Invalid --num_inference_steps: 0");
    assertThatThrownBy(() -> model.flag("prompt", "a book")).hasMessageContaining("--prompt");
  }
}
