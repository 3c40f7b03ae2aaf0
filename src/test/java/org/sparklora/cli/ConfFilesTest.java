package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.internal.config.ConfigEntry;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.spark.prepare.PrepareConfig;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.spark.settings.SparkSettings;
import org.sparklora.train.BatchConfig;

/** Every file of conf/ is what it says. */
class ConfFilesTest {
  private static final Path CONF = Path.of("conf");

  /** Settings that modules outside of Spark's core read. */
  private static final Pattern OF_MODULES =
      Pattern.compile(
          "spark\\.(hadoop|kubernetes|yarn|executorEnv|lora)\\..+"
              + "|spark\\.(executor|task|worker)\\.resource\\.gpu\\.(amount|discoveryScript|vendor)");

  @TempDir private Path folder;
  private final List<TrainingConfig> trainings = new ArrayList<>();
  private final List<PrepareConfig> preparations = new ArrayList<>();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void forgetSettings() {
    System.getProperties().keySet().removeIf(key -> key.toString().startsWith("spark.lora."));
  }

  static List<Path> recipes() throws IOException {
    return files(CONF.resolve("recipes"), ".yaml");
  }

  static List<Path> sparkDefaults() throws IOException {
    return files(CONF, ".conf");
  }

  private static List<Path> files(Path folder, String end) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    }
  }

  @Test
  void theJarHasTheSameLogOfItsOwn() throws IOException {
    assertThat(Path.of("src/main/resources/org/sparklora/cli/log4j2.properties"))
        .hasSameTextualContentAs(Path.of("conf/log4j2.properties"));
  }

  @Test
  void thereIsNoOtherFile() throws IOException {
    try (Stream<Path> files = Files.walk(CONF)) {
      assertThat(files.filter(Files::isRegularFile).map(file -> CONF.relativize(file).toString()))
          .allMatch(
              name ->
                  name.matches(
                          "(recipes|kubernetes)/[a-z-]+\\.yaml|spark-defaults-[a-z0-9]+\\.conf"
                              + "|databricks/(job\\.json|libtorch\\.bash|train\\.py)"
                              + "|emr/(cluster\\.json|libtorch\\.bash)")
                      || List.of(
                              "spark-lora-defaults.yaml",
                              "gpu-discovery",
                              "log4j2.properties",
                              "log4j2-json.properties")
                          .contains(name));
    }
    assertThat(recipes()).hasSizeGreaterThanOrEqualTo(3);
    assertThat(sparkDefaults()).hasSizeGreaterThanOrEqualTo(6);
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void aRecipeIsAConfigurationOfTrainAndPrepare(Path recipe) {
    assertThat(run("train", "--config=" + recipe)).as(err.toString()).isZero();
    assertThat(trainings.get(0).flags()).containsKeys("dataset_name", "output_dir", "seed");
    String cache = "--latent_cache_dir=/latents";
    assertThat(run("prepare", "--config=" + recipe, cache)).as(err.toString()).isZero();
    assertThat(preparations.get(0).data()).isEqualTo(trainings.get(0).data());
  }

  @ParameterizedTest
  @MethodSource("sparkDefaults")
  void sparkDefaultsHoldSettingsThatSparkKnowsAndTrainingAccepts(Path file) throws Exception {
    Map<String, String> settings = settings(file);
    assertThat(settings).isNotEmpty();
    Class.forName("org.apache.spark.internal.config.package$");
    Class.forName("org.apache.spark.internal.config.Network$");
    SparkConf conf = new SparkConf(false).setMaster("spark://host:7077");
    settings.forEach(
        (key, value) -> {
          assertThat(value).as(key).isNotEmpty();
          assertThat(OF_MODULES.matcher(key).matches() || ConfigEntry.findEntry(key) != null)
              .as(key + " is a setting of Spark")
              .isTrue();
          conf.set(key, value);
        });
    SparkSettings.requireForTraining(conf, BatchConfig.single(1));
    assertThat(conf.getInt("spark.task.cpus", 1))
        .isLessThanOrEqualTo(conf.getInt("spark.executor.cores", 1));
    conf.getSizeAsMb("spark.executor.memory", "1g");
  }

  @Test
  void theSiteExampleSetsDefaultsOfEveryRun() throws IOException {
    settings(CONF.resolve("spark-defaults-site.conf")).forEach(System::setProperty);
    String[] required = {"--pretrained_model_name_or_path=/sd", "--dataset_name=/d"};
    try {
      assertThat(run("train", required[0], required[1], "--checkpointing_steps=9"))
          .as(err.toString())
          .isZero();
    } finally {
      settings(CONF.resolve("spark-defaults-site.conf")).keySet().forEach(System::clearProperty);
    }
    TrainingConfig config = trainings.get(0);
    assertThat(config.latentCacheDir()).contains("hdfs:///spark-lora/latents");
    assertThat(config.batch().gradientCheckpointing()).isTrue();
    assertThat(config.checkpoints().checkpointingSteps()).isEqualTo(9);
    assertThat(config.flags()).containsEntry("mixed_precision", "bf16");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0\n", "0\n1\n2\n", ""})
  void gpuDiscoveryPrintsWhatSparkReads(String smi) throws Exception {
    Path command =
        Files.writeString(folder.resolve("nvidia-smi"), "#!/bin/sh\nprintf '" + smi + "'\n");
    assertThat(command.toFile().setExecutable(true)).isTrue();
    assertThat(discovered("")).isEqualTo(smi.lines().toList());
    assertThat(discovered("4,GPU-a1")).containsExactly("0", "1");
  }

  private List<String> discovered(String visible) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(CONF.resolve("gpu-discovery").toString());
    builder.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    builder.environment().put("CUDA_VISIBLE_DEVICES", visible);
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String json = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    ResourceInformation gpu = ResourceInformation.parseJson(json);
    assertThat(gpu.name()).isEqualTo("gpu");
    return List.of(gpu.addresses());
  }

  /** Also what is commented out: {@code #spark.key value}. */
  private static Map<String, String> settings(Path file) throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(Files.readString(file).replaceAll("(?m)^#(?=spark\\.)", "")));
    Map<String, String> settings = new TreeMap<>();
    properties.forEach((key, value) -> settings.put(key.toString(), value.toString().strip()));
    return settings;
  }

  private int run(String... args) {
    return Application.commandLine(
            trainings::add,
            preparations::add,
            new PrintWriter(new StringWriter()),
            new PrintWriter(err, true))
        .execute(args);
  }
}
