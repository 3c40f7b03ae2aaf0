package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.sparklora.cli.FlagTable;
import org.sparklora.cli.StartedTrainings;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.data.image.ImageInterpolation;
import org.sparklora.lora.NewToken;
import org.sparklora.spark.run.TrainingConfig;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class TextualInversionCommandTest {
  private static final String[] REQUIRED = {
    "--pretrained_model_name_or_path=/models/sd",
    "--train_data_dir=/cats/toy",
    "--placeholder_token=<cat-toy>",
    "--initializer_token=toy"
  };

  private final StartedTrainings runs = StartedTrainings.of("textual-inversion", REQUIRED);
  private final List<TrainingConfig> started = runs.started();
  private final StringWriter err = runs.err();

  @Test
  void hasTheDefaultsOfDiffusersScript() {
    TrainingConfig config = start();
    assertThat(config.trainables().lora()).isEmpty();
    assertThat(config.trainables().tokens()).containsExactly(new NewToken("<cat-toy>", "toy", 1));
    assertThat(config.data().datasetName()).isEqualTo("file:///cats/toy");
    assertThat(config.data().prompt()).contains("<cat-toy>");
    assertThat(config.data().captions().templates()).isEqualTo(CaptionTemplates.OBJECT);
    assertThat(config.data().interpolation()).isEqualTo(ImageInterpolation.BICUBIC);
    assertThat(config.data().randomFlip()).isTrue();
    assertThat(config.data().resolution()).isEqualTo(512);
    assertThat(config.batch().trainBatchSize()).isEqualTo(16);
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-4);
    assertThat(config.length().maxTrainSteps()).isEqualTo(OptionalLong.of(5000));
    assertThat(config.validation().every().steps()).isEqualTo(OptionalLong.of(100));
    assertThat(config.outputDir()).endsWith("/text-inversion-model");
  }

  @Test
  void anEpochGoesThroughThePicturesAsOftenAsRepeatsSays() {
    assertThat(start("--num_train_epochs=3", "--repeats=10").length())
        .isEqualTo(new TrainingConfig.Length(30, OptionalLong.empty()));
    assertThat(start("--max_train_steps=7").length().maxTrainSteps()).isEqualTo(OptionalLong.of(7));
  }

  @Test
  void takesStylesSeveralVectorsAndCaptionsThatHoldTheToken() {
    TrainingConfig style = start("--learnable_property=style", "--num_vectors=3");
    assertThat(style.data().captions().templates()).isEqualTo(CaptionTemplates.STYLE);
    assertThat(style.trainables().tokens().get(0).names())
        .containsExactly("<cat-toy>", "<cat-toy>_1", "<cat-toy>_2");
    TrainingConfig captions = start("--learnable_property=caption");
    assertThat(captions.data().captions().changes()).isFalse();
    assertThat(captions.data().prompt()).isEmpty();
  }

  @Test
  void theTokenIsNoSecret() {
    assertThat(start().flags())
        .containsEntry("placeholder_token", "<cat-toy>")
        .containsEntry("initializer_token", "toy");
    assertThat(start("--hub_token=x").flags()).doesNotContainKey("hub_token");
  }

  @Test
  void namesAllThatIsMissingOrWrong() {
    assertThat(run("--num_vectors=0", "--repeats=0", "--learnable_property=styl")).isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "Missing --pretrained_model_name_or_path",
            "Missing --train_data_dir: ",
            "Missing --placeholder_token: ",
            "Missing --initializer_token: ",
            "Invalid --num_vectors: 0; it must be a whole number from 1 to 75",
            "Invalid --repeats: 0; it must be a whole number from 1 to 1000000",
            "Unknown --learnable_property: styl; did you mean style?");
  }

  @Test
  void hasNoFlagsOfLora() {
    assertThat(run(REQUIRED[0], REQUIRED[1], REQUIRED[2], REQUIRED[3], "--rank=4")).isEqualTo(2);
    assertThat(err.toString()).contains("--rank");
  }

  @Test
  void itsPageHasEveryFlagOfTheScriptAndNoOther() throws IOException {
    List<String> script =
        Files.readAllLines(Path.of("src/test/resources/flags/textual_inversion.txt"));
    assertThat(FlagTable.rows("textual-inversion.md", "| flag | here | |").keySet())
        .containsExactlyInAnyOrderElementsOf(script.subList(1, script.size()));
  }

  @Test
  void whatItsPageSaysOfAFlagHolds() throws IOException {
    CommandLine command = new CommandLine(new TextualInversionCommand(started::add));
    FlagTable.rows("textual-inversion.md", "| flag | here | |")
        .forEach(
            (flag, row) -> {
              OptionSpec option = command.getCommandSpec().findOption(flag);
              assertThat(option).as(flag).isNotNull();
              assertThat(row.get(1)).as(flag).isIn("same", "changed", "refused", "no effect");
              if (row.get(1).equals("refused")) {
                assertThat(option.hidden()).as(flag).isTrue();
              }
              if (row.get(1).equals("changed")) {
                assertThat(row.get(2)).as(flag).isNotEmpty();
              }
            });
  }

  @Test
  void refusesWhatItsPageSaysIsRefused() {
    assertThat(
            run(
                REQUIRED[0],
                REQUIRED[1],
                REQUIRED[2],
                REQUIRED[3],
                "--local_rank=1",
                "--tokenizer_name=t",
                "--save_as_full_pipeline"))
        .isEqualTo(2);
    assertThat(err.toString().lines().filter(line -> line.startsWith("error: "))).hasSize(3);
  }

  private TrainingConfig start(String... flags) {
    return runs.start(flags);
  }

  @Test
  void picturesForRegularisationGetNoSentencesAboutTheToken() {
    assertThat(
            run(
                "--pretrained_model_name_or_path=/sd",
                "--placeholder_token=<cat-toy>",
                "--initializer_token=toy",
                "--data_sets=/a",
                "--data_sets={dataset_name: /b, is_reg: true}"))
        .isEqualTo(2);
    assertThat(err.toString()).contains("Unsupported --data_sets is_reg with templates: ");
  }

  private int run(String... flags) {
    return runs.run(flags);
  }
}
