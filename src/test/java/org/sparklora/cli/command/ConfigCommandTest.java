package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.Application;
import org.sparklora.cli.LaterFlags;
import org.sparklora.spark.run.TrainingConfig;

class ConfigCommandTest {
  private static final String[] REQUIRED = {
    "--pretrained_model_name_or_path=/models/sd", "--dataset_name=s3a://bucket/pictures"
  };

  @TempDir private Path folder;
  private final List<TrainingConfig> trainings = new ArrayList<>();
  private String out = "";
  private String err = "";

  @AfterEach
  void forgetSettings() {
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith("spark.lora."));
  }

  @Test
  void printsEachValueWithWhereItComesFrom() throws IOException {
    Path file = Files.writeString(folder.resolve("a.yaml"), "seed: 7\nlora:\n  lora_alpha: 2\n");
    System.setProperty("spark.lora.num_workers", "4");
    int code =
        run(
            "config",
            "train",
            REQUIRED[0],
            REQUIRED[1],
            "--config=" + file,
            "--rank",
            "8",
            "--validation_prompt=two\nlines",
            "--hub_token=x");
    assertThat(code).as(err).isZero();
    assertThat(out)
        .containsPattern("Model\n +pretrained_model_name_or_path +/models/sd +flag")
        .containsPattern("\n +rank +8 +flag\n")
        .containsPattern("\n +lora_alpha +2 +" + file + ":3\n")
        .containsPattern("\n +seed +7 +" + file + ":1\n")
        .containsPattern("\n +num_workers +4 +spark.lora.num_workers\n")
        .containsPattern("\n +max_grad_norm +1 +default\n")
        .containsPattern("\n +adam_epsilon +1e-8 +default\n")
        .containsPattern("\n +snr_gamma +- +default\n")
        .containsPattern("\n +hub_token +\\*\\*\\* +flag\n")
        .doesNotContain("local_rank", "--");
  }

  @Test
  void reportsProblemsAsTheCommandDoesAndEndsAsIt() {
    assertThat(run("config", "train", "--rank=0", "--resolution=x")).isEqualTo(2);
    assertThat(out).containsPattern("\n +rank +0 +flag\n");
    assertThat(err)
        .contains("Invalid --rank: 0")
        .contains("Invalid --resolution: x")
        .contains("Missing --dataset_name");
    assertThat(run("config", "train", "--format=xml")).isEqualTo(2);
    assertThat(err).contains("Invalid --format: xml");
  }

  @Test
  void checksSparkSettings() {
    System.setProperty("spark.speculation", "true");
    try {
      assertThat(run("config", "train", REQUIRED[0], REQUIRED[1])).isEqualTo(2);
      assertThat(err).contains("Unsupported spark.speculation");
    } finally {
      System.clearProperty("spark.speculation");
    }
  }

  @Test
  void whatItPrintsAsYamlIsAFileOfTheSameConfiguration() throws IOException {
    String[] flags = {
      "--master=local[1]",
      "--rank=8",
      "--validation_prompt=a: \"b\" # c",
      "--validation_prompt=no",
      "--lora_target_modules=to_q,re:.*\\.conv1",
      "--snr_gamma=5",
      "--max_grad_norm=inf",
      "--lr_scheduler=cosine",
      "--center_crop",
      "--worker_timeout=9"
    };
    List<String> args = new ArrayList<>(List.of(REQUIRED));
    LaterFlags.add(args, flags);
    assertThat(run(with("train", args))).as(err).isZero();
    args.add("--format=yaml");
    assertThat(run(with("config train", args))).as(err).isZero();
    String yaml = out;
    Path file = Files.writeString(folder.resolve("round.yaml"), yaml);
    assertThat(run("train", "--config=" + file)).as(err).isZero();
    assertThat(withoutFlags(trainings.get(1))).isEqualTo(withoutFlags(trainings.get(0)));
    assertThat(run("config", "train", "--config=" + file, "--format=yaml")).as(err).isZero();
    assertThat(out.replaceAll("  # .*", "")).isEqualTo(yaml.replaceAll("  # .*", ""));
  }

  @Test
  void generateIsPrintedAndReadAgain() throws IOException {
    String[] flags = {"--prompt=a", "--scheduler_config=use_karras_sigmas=true", "--fuse"};
    assertThat(run("config", "generate", flags[0], flags[1], flags[2], "--format=yaml")).isZero();
    assertThat(out).contains("scheduler_config: {use_karras_sigmas: true}", "prompt: [a]");
    Path file = Files.writeString(folder.resolve("generate.yaml"), out);
    assertThat(run("config", "generate", "--config=" + file)).as(err).isZero();
    assertThat(out).containsPattern("scheduler_config +use_karras_sigmas=true +" + file + ":\\d+");
  }

  @Test
  void whatBelongsToATableOfPromptsIsRefusedWithoutOne() {
    assertThat(run("config", "generate", "--prompt=a", "--overwrite", "--master=yarn"))
        .isEqualTo(2);
    assertThat(err)
        .contains("Unsupported --overwrite: it goes with --prompts")
        .contains("Unsupported --master: it goes with --prompts");
    System.setProperty("spark.lora.master", "local[1]");
    assertThat(run("config", "generate", "--prompt=a")).as(err).isZero();
    assertThat(run("config", "generate", "--prompts=a.csv", "--overwrite")).as(err).isZero();
  }

  @Test
  void printsJsonForPrograms() throws IOException {
    Path file = Files.writeString(folder.resolve("train.yaml"), "rank: 8\n");
    String[] args = {"--config=" + file, "--format=json"};
    assertThat(run("config", "prepare", REQUIRED[0], REQUIRED[1], args[0], args[1])).isEqualTo(2);
    JsonNode all = new JsonMapper().readTree(out);
    JsonNode shortest =
        all.findParents("flag").stream()
            .filter(one -> one.get("flag").asText().equals("min_bucket_reso"))
            .findFirst()
            .orElseThrow();
    assertThat(shortest.get("value").asInt()).isEqualTo(256);
    assertThat(shortest.get("from").asText()).isEqualTo("default");
    assertThat(err).contains("Missing --latent_cache_dir").doesNotContain("rank");
  }

  @Test
  void theCommittedPageOfDefaultsIsWhatTheCommandPrints() throws IOException {
    assertThat(run("config", "train", "--defaults")).isZero();
    Path page = Path.of("conf/spark-lora-defaults.yaml");
    assertThat(Files.readString(page))
        .as("renew with: java -jar target/spark-lora.jar config train --defaults > " + page)
        .isEqualTo(out);
    assertThat(run("train", REQUIRED[0], REQUIRED[1])).as(err).isZero();
    assertThat(run("train", "--config=" + page, REQUIRED[0], REQUIRED[1])).as(err).isZero();
    assertThat(withoutFlags(trainings.get(1))).isEqualTo(withoutFlags(trainings.get(0)));
  }

  @Test
  void helpOfASubcommandPrintsNoConfiguration() {
    assertThat(run("config", "train", "--help")).isZero();
    assertThat(out).contains("Printing", "--defaults", "--rank").doesNotContain("default\n");
    assertThat(run("config")).isEqualTo(2);
    assertThat(err).contains("Missing required subcommand");
  }

  /** A configuration's text, but for the list of what was given. */
  private static String withoutFlags(TrainingConfig config) {
    return config.toString().replaceFirst("invocation=.*", "");
  }

  private static String[] with(String command, List<String> args) {
    List<String> all = new ArrayList<>(List.of(command.split(" ")));
    all.addAll(args);
    return all.toArray(new String[0]);
  }

  private int run(String... args) {
    StringWriter printed = new StringWriter();
    StringWriter problems = new StringWriter();
    int code =
        Application.commandLine(
                trainings::add,
                config -> {},
                new PrintWriter(printed, true),
                new PrintWriter(problems, true))
            .execute(args);
    out = printed.toString();
    err = problems.toString();
    return code;
  }
}
