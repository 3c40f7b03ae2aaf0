package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the program says of itself, and where it needs nothing but the jar. */
class HelpTest {
  @Test
  void withoutACommandItSaysWhichThereAre() {
    CommandRun run = CommandRun.of();
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("train ", "inspect ", "completion ", "error: Missing COMMAND");
  }

  @Test
  void helpOfACommandIsThatOfItsFlag() {
    CommandRun help = CommandRun.of("help", "generate");
    assertThat(help.code()).isZero();
    assertThat(help.out()).isEqualTo(CommandRun.of("generate", "--help").out());
    assertThat(help.out()).contains("Example:", "See also, in src/docs: generate.md");
  }

  @ParameterizedTest
  @CsvSource({
    "--lr,--learning_rate",
    "--network_dim,--rank",
    "--lora_rank,--rank",
    "--network_alpha,--lora_alpha",
    "--batch_size,--train_batch_size",
    "--epochs,--num_train_epochs",
    "--max_train_epochs,--num_train_epochs",
    "--steps,--max_train_steps",
    "--output,--output_dir",
    "--output_folder,--output_dir",
    "--model,--pretrained_model_name_or_path",
    "--base_model,--pretrained_model_name_or_path",
    "--data,--dataset_name",
    "--dataset,--dataset_name",
    "--optimizer_type,--optimizer",
    "--save_every_n_steps,--checkpointing_steps",
    "--num_processes,--num_workers",
    "--resume,--resume_from_checkpoint",
    "--weight_decay,--adam_weight_decay",
    "--precision,--mixed_precision",
    "--learning-rate,--learning_rate",
    "--rnak,--rank",
    "--max_train_step,--max_train_steps",
  })
  void aFlagOfOtherToolsIsKnownByItsMeaning(String given, String meant) {
    assertThat(CommandRun.of("train", given + "=1").err())
        .contains("Unknown argument " + given + ". Did you mean " + meant + "?");
  }

  @ParameterizedTest
  @CsvSource({"--foo", "--zz", "--qwertyuiop"})
  void whatIsNearNothingIsNotGuessed(String given) {
    assertThat(CommandRun.of("train", given + "=1").err())
        .contains("Unknown argument " + given)
        .doesNotContain("Did you mean");
  }

  @Test
  void everyExampleIsReadByItsCommand() {
    for (String command : ImportantFlags.byCommand().keySet()) {
      String help = CommandRun.of("help", command).out().replaceAll("\\R(?=--)", " ");
      String example =
          help.lines().filter(line -> line.startsWith("  spark-lora ")).findFirst().orElseThrow();
      assertThat(example).as(command).startsWith("  spark-lora " + command + " --");
      ImportantFlags.byCommand()
          .get(command)
          .required()
          .forEach(
              flag ->
                  assertThat(example)
                      .containsAnyOf(flag, "--instance_data_dir", "--train_data_dir"));
    }
  }

  @Test
  void aShellIsToldWhatItMayComplete() {
    CommandRun run = CommandRun.of("completion", "bash");
    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("complete -F", "spark-lora", "--learning_rate");
    assertThat(CommandRun.of("completion", "zsh").out()).isEqualTo(run.out());
    assertThat(CommandRun.of("completion", "csh").code()).isEqualTo(2);
  }

  @Test
  void theVersionTellsWhatItIsMadeOf() {
    assertThat(CommandRun.of("--version").out())
        .contains("spark-lora ", "commit ", "Spark 4.", "libtorch ", "Java ");
  }

  /** Spark, Hadoop, Jackson and the logging are not on the class path of this process. */
  @Test
  void helpNeedsNothingButTheJar() throws IOException, InterruptedException {
    String alone =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(
                entry ->
                    entry.endsWith("classes")
                        || entry.matches(".*/(picocli|api|pytorch-engine|snakeyaml-engine)-.*jar"))
            .filter(entry -> !entry.endsWith("test-classes"))
            .collect(Collectors.joining(File.pathSeparator));
    assertThat(alone).doesNotContain("spark-core", "hadoop", "slf4j");
    for (List<String> args :
        List.of(List.of("help", "train"), List.of("--version"), List.of("completion", "bash"))) {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(List.of("-cp", alone, Main.class.getName()));
      command.addAll(args);
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
    }
  }
}
