package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A flag that is given two values, under one of its names or under two, has none. */
class RepeatedFlagTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "train,--dataset_name=a,--train_data_dir=b,two names of one flag",
    "dreambooth,--dataset_name=a,--instance_data_dir=b,two names of one flag",
    "train,--proportion_empty_prompts=0.1,--caption_dropout_rate=0.2,two names of one flag",
    "train,--rank=4,--rank=8,given twice",
    "train,--center_crop=true,--center_crop=false,given twice",
    "train,--center_crop=false,--center_crop,given twice",
    "merge,--base=a,--pretrained_model_name_or_path=b,two names of one flag",
    "merge,--rank=1,--rank=2,given twice",
    "bench,--steps=1,--steps=2,given twice",
    "verify,--threads=1,--threads=2,given twice",
    "convert,--output_file=a,--output_file=b,given twice",
    "push,--hub_model_id=a,--hub_model_id=b,given twice",
    "inspect,--cache_dir=a,--cache_dir=b,given twice",
    "generate,--seed=1,--seed=2,given twice",
    "prepare,--latent_cache_dir=a,--cache_latents_dir=b,two names of one flag",
  })
  void twoValues(String command, String first, String second, String why) {
    CommandRun run = CommandRun.of(command, first, second);
    assertThat(run.code()).isEqualTo(2);
    String shown = second.contains("=") ? second : second + "=true";
    assertThat(run.err()).contains("Invalid " + first + " and " + shown + ": ").contains(why);
  }

  @Test
  void valuesAfterABlank() {
    assertThat(CommandRun.of("train", "--rank", "4", "--seed", "1", "--rank", "8").err())
        .contains("Invalid --rank=4 and --rank=8");
    assertThat(CommandRun.of("train", "--center_crop", "--center_crop", "false").err())
        .contains("Invalid --center_crop=true and --center_crop=false");
  }

  @ParameterizedTest
  @CsvSource({
    "--rank=4,--rank=4",
    "--rank=4,--rank=04",
    "--learning_rate=1e-4,--learning_rate=0.0001",
    "--dataset_name=a,--train_data_dir=a",
    "--center_crop,--center_crop=TRUE",
    "--validation_prompt=a,--validation_prompt=b",
    "--lora_target_modules=to_q,--lora_target_modules=to_k",
  })
  void theSameValueTwiceAndFlagsOfManyValues(String first, String second) {
    assertThat(CommandRun.of("train", first, second).err()).doesNotContain(" and --");
  }

  @Test
  void aSecretIsNotShown() {
    assertThat(CommandRun.of("push", "--hub_token=hf_a", "--hub_token=hf_b").err())
        .contains("Invalid --hub_token=*** and --hub_token=***")
        .doesNotContain("hf_a")
        .doesNotContain("hf_b");
  }

  @Test
  void aFlagWinsOverAFileByAnotherName() throws IOException {
    Path file = Files.writeString(folder.resolve("run.yaml"), "train_data_dir: b\n");
    CommandRun run = CommandRun.of("config", "train", "--config=" + file, "--dataset_name=a");
    assertThat(run.err()).doesNotContain("two names");
    assertThat(run.out()).containsPattern("dataset_name +\\S*a +flag");
  }

  @Test
  void twoNamesInAFile() throws IOException {
    Path file =
        Files.writeString(folder.resolve("run.yaml"), "dataset_name: a\ntrain_data_dir: b\n");
    CommandRun run = CommandRun.of("train", "--config=" + file);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("Duplicate train_data_dir (" + file + ":2): b; it is a in " + file + ":1")
        .contains("give one of them");
  }

  @Test
  void theSameValueUnderTwoNamesInAFile() throws IOException {
    Path file =
        Files.writeString(folder.resolve("run.yaml"), "dataset_name: a\ntrain_data_dir: a\n");
    assertThat(CommandRun.of("train", "--config=" + file).err()).doesNotContain("Duplicate");
  }
}
