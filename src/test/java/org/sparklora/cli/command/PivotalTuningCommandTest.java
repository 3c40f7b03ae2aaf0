package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.sparklora.cli.StartedTrainings;
import org.sparklora.data.caption.CaptionTemplates;
import org.sparklora.lora.NewToken;
import org.sparklora.model.Network;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.step.PartRates;

class PivotalTuningCommandTest {
  private static final String[] REQUIRED = {
    "--pretrained_model_name_or_path=/models/sd",
    "--instance_data_dir=/cats/toy",
    "--placeholder_tokens=<s1>|<s2>",
    "--initializer_tokens=toy|red"
  };

  private final StartedTrainings runs = StartedTrainings.of("pivotal-tuning", REQUIRED);
  private final StringWriter err = runs.err();

  @Test
  void learnsTokensAndThenLoraOfBothNetworks() {
    TrainingConfig config = start();
    assertThat(config.trainables().tokens())
        .containsExactly(new NewToken("<s1>", "toy", 1), new NewToken("<s2>", "red", 1));
    assertThat(config.trainables().lora()).containsOnlyKeys(Network.UNET, Network.TEXT_ENCODER);
    assertThat(config.length().maxTrainSteps()).isEqualTo(OptionalLong.of(2000));
    assertThat(config.optimizer().learningRate()).isEqualTo(1e-4);
    assertThat(config.rates().textEncoder()).isEqualTo(OptionalDouble.of(1e-5));
    assertThat(config.rates().inversion())
        .contains(new PartRates.Inversion(1000, 5e-4, OptionalDouble.empty()));
    assertThat(config.data().captions().templates()).isEqualTo(CaptionTemplates.CAPTION);
    assertThat(config.batch().trainBatchSize()).isEqualTo(1);
  }

  @Test
  void takesRatesAndLengthsOfEachPart() {
    TrainingConfig config =
        start(
            "--max_train_steps_ti=30",
            "--max_train_steps_tuning=70",
            "--learning_rate_ti=1e-2",
            "--learning_rate_unet=2e-4",
            "--learning_rate_text=3e-5",
            "--continue_inversion",
            "--continue_inversion_lr=4e-4",
            "--use_template=style");
    assertThat(config.length().maxTrainSteps()).isEqualTo(OptionalLong.of(100));
    assertThat(config.optimizer().learningRate()).isEqualTo(2e-4);
    assertThat(config.rates().textEncoder()).isEqualTo(OptionalDouble.of(3e-5));
    assertThat(config.rates().inversion())
        .contains(new PartRates.Inversion(30, 1e-2, OptionalDouble.of(4e-4)));
    assertThat(config.data().captions().templates()).isEqualTo(CaptionTemplates.STYLE);
    assertThat(config.data().prompt()).contains("<s1><s2>");
  }

  @Test
  void maxTrainStepsIsTheLengthOfTheTuning() {
    assertThat(start("--max_train_steps=9", "--max_train_steps_ti=1").length().maxTrainSteps())
        .isEqualTo(OptionalLong.of(10));
  }

  @Test
  void theTokensGoOnAtTheirRateWhereNoOtherIsGiven() {
    assertThat(start("--continue_inversion").rates().inversion().orElseThrow().tuningRate())
        .isEqualTo(OptionalDouble.of(5e-4));
  }

  @Test
  void theTextEncoderMayStayAsItIs() {
    TrainingConfig config = start("--train_text_encoder=false");
    assertThat(config.trainables().lora()).containsOnlyKeys(Network.UNET);
    assertThat(config.rates().textEncoder()).isEmpty();
    assertThat(config.trainables().trainsText()).isTrue();
  }

  @Test
  void namesAllThatIsMissingOrWrong() {
    assertThat(
            run(
                "--max_train_steps_ti=0",
                "--learning_rate_ti=-1",
                "--learning_rate_unet=0",
                "--continue_inversion_lr=1e-3",
                "--train_text_encoder=false",
                "--learning_rate_text=1e-5"))
        .isEqualTo(2);
    assertThat(err.toString())
        .contains(
            "Missing --placeholder_tokens: ",
            "Missing --initializer_tokens: ",
            "Invalid --max_train_steps_ti: 0; ",
            "Invalid --learning_rate_ti: -1.0; ",
            "Invalid --learning_rate_unet: 0.0; ",
            "Invalid --continue_inversion_lr: 0.001; the tokens stay as they are",
            "Invalid --learning_rate_text: 1.0E-5; the text encoder is not trained");
  }

  @Test
  void refusesAnotherNumberOfInitializers() {
    assertThat(run(REQUIRED[0], REQUIRED[1], REQUIRED[2], "--initializer_tokens=toy")).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --initializer_tokens: toy; give one for each of the 2 tokens");
  }

  private TrainingConfig start(String... flags) {
    return runs.start(flags);
  }

  private int run(String... flags) {
    return runs.run(flags);
  }
}
