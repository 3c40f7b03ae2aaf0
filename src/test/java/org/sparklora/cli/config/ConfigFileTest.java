package org.sparklora.cli.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.cli.Application;
import org.sparklora.s3.S3Server;
import org.sparklora.spark.prepare.PrepareConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.store.StoreFile;
import org.sparklora.tensor.Precision;
import org.sparklora.train.rate.LrScheduler;

class ConfigFileTest {
  private static final String REQUIRED =
      """
      pretrained_model_name_or_path: /models/sd
      dataset_name: s3a://bucket/pictures
      """;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<TrainingConfig> trainings = new ArrayList<>();
  private final List<PrepareConfig> preparations = new ArrayList<>();

  @AfterEach
  void forgetSettings() {
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith("spark.lora."));
  }

  @Test
  void aFileSetsFlagsFlatAndInSections() throws IOException {
    TrainingConfig config =
        train(
            file(
                REQUIRED
                    + """
                    # a comment
                    training:
                      train_batch_size: 3
                      mixed_precision: no
                      gradient_checkpointing: true
                    lora: {rank: 8, lora_target_modules: [to_q, to_k]}
                    optimizer_and_learning_rate:
                      learning_rate: 5e-4
                      lr_scheduler: cosine
                    attention:
                    validation_prompt:
                      - Totoro
                      - "one, two: three"
                    center_crop: true
                    """));
    assertThat(config.model().location()).isEqualTo("file:///models/sd");
    assertThat(config.batch().trainBatchSize()).isEqualTo(3);
    assertThat(config.batch().precision()).isEqualTo(Precision.FP32);
    assertThat(config.batch().gradientCheckpointing()).isTrue();
    assertThat(config.trainables().unet().orElseThrow().rank()).isEqualTo(8);
    assertThat(config.trainables().unet().orElseThrow().targetModules())
        .containsExactly("to_q", "to_k");
    assertThat(config.optimizer().learningRate()).isEqualTo(5e-4);
    assertThat(config.schedule().scheduler()).isEqualTo(LrScheduler.COSINE);
    assertThat(config.validation().texts()).containsExactly("Totoro", "one, two: three");
    assertThat(config.data().centerCrop()).isTrue();
    assertThat(config.flags())
        .containsEntry("dataset_name", "s3a://bucket/pictures")
        .containsEntry("rank", "8")
        .containsEntry("learning_rate", "5e-4")
        .doesNotContainKey("config");
  }

  @Test
  void flagsWinOverFilesAndFilesOverSparkSettingsAndThoseOverDefaults() throws IOException {
    System.setProperty("spark.lora.train_batch_size", "5");
    System.setProperty("spark.lora.rank", "5");
    System.setProperty("spark.lora.seed", "5");
    TrainingConfig config =
        train(
            file(REQUIRED + "train_batch_size: 4\nrank: 4\nvalidation_prompt: [file, two]\n"),
            "--rank=3",
            "--validation_prompt",
            "flag");
    assertThat(config.trainables().unet().orElseThrow().rank()).isEqualTo(3);
    assertThat(config.batch().trainBatchSize()).isEqualTo(4);
    assertThat(config.batch().seed()).isEqualTo(5);
    assertThat(config.batch().numWorkers()).isEqualTo(1);
    assertThat(config.validation().texts()).containsExactly("flag");
    assertThat(config.flags())
        .containsEntry("rank", "3")
        .containsEntry("train_batch_size", "4")
        .containsEntry("seed", "5")
        .containsEntry("validation_prompt", "flag")
        .doesNotContainKey("num_workers");
  }

  @Test
  void aLaterFileWinsOverAnEarlierOne() throws IOException {
    Path first = file(REQUIRED + "rank: 8\nseed: 1\n");
    Path second = Files.writeString(folder.resolve("second.yaml"), "rank: 16\n");
    TrainingConfig config = train(first, "--config", second.toString());
    assertThat(config.trainables().unet().orElseThrow().rank()).isEqualTo(16);
    assertThat(config.batch().seed()).isEqualTo(1);
  }

  @Test
  void reportsAllProblemsOfFileSettingsAndFlagsAtOnce() throws IOException {
    System.setProperty("spark.lora.num_worker", "2");
    System.setProperty("spark.lora.threads_per_worker", "two");
    Path file =
        file(
            """
            learing_rate: 1
            rank: four
            train_batch_size: 0
            traning:
              seed: [1, 2]
            lora:
              rank: 8
            random_flip: maybe
            noise_offset:
            lr_scheduler: {a: b}
            validation_prompt: []
            hub_token: hf_secret
            adam_beta1: 2
            config: other.yaml
            local_rank: 1
            lora:
              lora_alpha: 8
            """);
    int code = run("train", "--config=" + file, "--max_train_step=3", "--resolution=x");
    assertThat(code).isEqualTo(2);
    assertThat(trainings).isEmpty();
    String at = " (" + file + ":";
    assertThat(err.toString())
        .contains("Unknown key learing_rate" + at + "1). Did you mean learning_rate?")
        .contains("Invalid --rank: four" + at + "2); it must be a whole number")
        .contains(
            "Invalid --train_batch_size: 0"
                + at
                + "3); it must be a whole number from 1 to 1000000")
        .contains("Unknown section traning" + at + "4). Did you mean training?")
        .contains("Invalid seed" + at + "5): it takes one value, not a list")
        .contains("Duplicate rank" + at + "7): 8; it is four in " + file + ":2: give one of them")
        .contains("Invalid --random_flip: maybe" + at + "8); it takes true or false")
        .contains("Invalid noise_offset" + at + "9): it has no value; leave the key out")
        .contains("Unknown section lr_scheduler")
        .contains("Invalid validation_prompt" + at + "11): the list is empty")
        .contains("Unsupported hub_token" + at + "12): configuration files are shared")
        .doesNotContain("hf_secret")
        .contains("Invalid --adam_beta1: 2.0" + at + "13); it must be a number from 0 to below 1")
        .contains("Unsupported config" + at + "14)")
        .contains("Duplicate section lora" + at + "16)")
        .contains("Invalid --local_rank: 1" + at + "15)")
        .contains("Unknown setting spark.lora.num_worker. Did you mean num_workers?")
        .contains("Invalid --threads_per_worker: two (spark.lora.threads_per_worker); it must be")
        .contains("Unknown argument --max_train_step. Did you mean --max_train_steps?")
        .contains("Invalid --resolution: x; it must be a whole number")
        .contains("Missing --pretrained_model_name_or_path");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a: [1          | :1: this is no YAML:
          rank: 'x       | :1: this is no YAML:
          - rank         | :1: it must be lines of flag: value
          only text      | :1: it must be lines of flag: value
          a: &x 1⏎b: *x  | :2: aliases are not supported
          a: {b: {c: {}}}| :1: this is nested too deeply
          ? [a]⏎: b      | :1: a key must be a name
          a: 1⏎---⏎b: 2  | :2: a second document begins here
          ⇥rank: 4       | :1: this is no YAML:
          """)
  void whatIsNoConfigurationIsOneClearError(String text, String error) throws IOException {
    Path file = file(text.replace('⏎', '\n').replace('⇥', '\t'));
    assertThat(run("train", "--config=" + file)).isEqualTo(2);
    assertThat(err.toString()).contains("Invalid " + file + error);
  }

  @Test
  void deepNestingIsRefusedWithoutOverflow() throws IOException {
    assertThat(run("train", "--config=" + file("a: " + "[".repeat(200_000)))).isEqualTo(2);
    assertThat(err.toString()).contains("nested too deeply");
  }

  @Test
  void aFileThatIsNotThereIsTooLargeOrNoTextIsRefused() throws IOException {
    Path large = Files.writeString(folder.resolve("large.yaml"), "#".repeat(2_000_000));
    Path binary =
        Files.write(folder.resolve("binary.yaml"), "rank: ä".getBytes(StandardCharsets.ISO_8859_1));
    Path missing = folder.resolve("missing.yaml");
    int code =
        run(
            "train",
            "--config=" + missing,
            "--config=" + large,
            "--config=" + folder,
            "--config=" + binary);
    assertThat(code).isEqualTo(2);
    assertThat(err.toString())
        .contains("Invalid --config: " + missing + "; there is no such file")
        .contains("Invalid --config: " + large + "; its 2000000 bytes are too many")
        .contains("Invalid --config: " + folder + "; it is a folder")
        .contains("Invalid --config: " + binary + "; it is no text in UTF-8");
  }

  @Test
  void aFileMayBeOnObjectStorage() throws Exception {
    try (S3Server s3 = S3Server.start();
        AutoCloseable settings = s3.asSystemProperties()) {
      assertThat(settings).isNotNull();
      org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(s3.uri("train.yaml"));
      StoreFile.of(path, s3.hadoop())
          .replace(out -> out.write((REQUIRED + "rank: x\n").getBytes(StandardCharsets.UTF_8)));
      assertThat(run("train", "--config=" + path, "--config=" + s3.uri("none.yaml"))).isEqualTo(2);
      assertThat(err.toString())
          .contains("Invalid --rank: x (" + path + ":3)")
          .contains("Invalid --config: " + s3.uri("none.yaml") + "; there is no such file");
    }
  }

  @Test
  void anEmptyFileSaysNothing() throws IOException {
    assertThat(run("train", "--config=" + file("# nothing\n"))).isEqualTo(2);
    assertThat(err.toString()).contains("Missing --dataset_name").doesNotContain("yaml");
  }

  @Test
  void prepareReadsAFileOfTrain() throws IOException {
    Path file = file(REQUIRED + "rank: 8\ntraining: {seed: 3}\nlatent_cache_dir: /cache\n");
    assertThat(run("prepare", "--config=" + file)).as(err.toString()).isZero();
    assertThat(preparations.get(0).data().seed()).isEqualTo(3);
    assertThat(run("generate", "--config=" + file)).isEqualTo(2);
    assertThat(err.toString()).contains("Unknown key rank");
  }

  @Test
  void aSettingOfAnotherCommandIsNoMistake() throws IOException {
    System.setProperty("spark.lora.batch_size", "5");
    assertThat(train(file(REQUIRED)).batch().trainBatchSize()).isEqualTo(16);
  }

  @Test
  void noSecretsInSparkSettings() throws IOException {
    System.setProperty("spark.lora.hub_token", "hf_secret");
    assertThat(run("train", "--config=" + file(REQUIRED))).isEqualTo(2);
    assertThat(err.toString())
        .contains("Unsupported spark.lora.hub_token")
        .doesNotContain("hf_secret");
  }

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("train.yaml"), text);
  }

  private TrainingConfig train(Path file, String... flags) {
    List<String> args = new ArrayList<>(List.of("train", "--config", file.toString()));
    args.addAll(List.of(flags));
    assertThat(run(args.toArray(new String[0]))).as(err.toString()).isZero();
    return trainings.get(0);
  }

  private int run(String... args) {
    return Application.commandLine(
            trainings::add,
            preparations::add,
            new PrintWriter(out, true),
            new PrintWriter(err, true))
        .execute(args);
  }
}
