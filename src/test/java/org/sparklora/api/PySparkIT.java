package org.sparklora.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.CommandRun;
import org.sparklora.util.ContentHash;

/** The Python package as a wheel, with PySpark as PyPI has it. */
@Tag("long")
class PySparkIT {
  private static final String ADAPTER = "pytorch_lora_weights.safetensors";
  private static final String PYTHON = System.getenv("SPARK_LORA_PYSPARK");
  private static final Path PACKAGE = Path.of("src/main/python");

  private static final String TRACKERS = System.getenv("SPARK_LORA_TRACKERS_PYTHON");

  @TempDir private Path folder;
  private Optional<Path> morePackages = Optional.empty();

  @Test
  void thePackageHasTheVersionOfTheJar() throws IOException {
    assertThat(version(PACKAGE.resolve("pyproject.toml"), "\nversion = \"([^\"]+)\""))
        .isEqualTo(version(Path.of("pom.xml"), "<version>([^<]+)</version>"));
  }

  private static String version(Path file, String pattern) throws IOException {
    Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  @Test
  void pySparkTrainsToTheBytesOfTheCommandLine() throws Exception {
    installWheel();
    Path output = folder.resolve("out");
    String printed =
        run(
            "src/test/python/pyspark_api.py",
            System.getProperty("java.class.path"),
            "src/quickstart/base-model",
            "src/quickstart/noto/data",
            output);
    JsonNode result = new ObjectMapper().readTree(lastLine(printed));

    assertThat(result.get("named").asText()).isEqualTo(commandLine("src/quickstart/noto/data"));
    assertThat(result.get("table").asText())
        .isEqualTo(commandLine(onlyFile(output.resolve("table/latents"), "table-").toString()));
    assertThat(result.get("before").asText()).startsWith("Missing Spark session");
    assertThat(result.get("wrong").asText()).startsWith("Invalid --rank: 0");
    assertThat(result.get("misspelt").asText())
        .isEqualTo("Unknown argument --rnak. Did you mean --rank?");
    assertThat(result.get("missing").asText()).startsWith("Missing column: text");
    assertThat(result.get("used").asText()).contains("--overwrite_output_dir");
    assertThat(result.get("rank").asInt()).isEqualTo(8);
    assertThat(result.get("grid").toString()).isEqualTo("[2,16]");
    assertThat(result.get("pictures").toString()).isEqualTo("[\"PNG\",\"PNG\"]");
    assertThat(result.get("sql").asBoolean()).isTrue();
    assertThat(result.get("page").asBoolean()).isTrue();
    assertThat(result.get("alive").asInt()).isEqualTo(3);
  }

  /** With the packages of the trackers' Python beside PySpark. */
  @Test
  void mlflowRegistersAnAdapterAndDrawsWithIt() throws Exception {
    installWheel();
    assumeTrue(TRACKERS != null, "SPARK_LORA_TRACKERS_PYTHON: a Python with mlflow");
    try (var versions = Files.list(Path.of(TRACKERS).getParent().resolveSibling("lib"))) {
      morePackages =
          versions
              .filter(version -> version.getFileName().toString().startsWith("python3"))
              .map(version -> version.resolve("site-packages"))
              .findFirst();
    }
    Path output = Files.createDirectory(folder.resolve("out"));
    String printed =
        run(
            "src/test/python/mlflow_models.py",
            System.getProperty("java.class.path"),
            "src/quickstart/base-model",
            "src/quickstart/noto/data",
            output);
    JsonNode result = new ObjectMapper().readTree(lastLine(printed));

    assertThat(result.get("status").asText()).isEqualTo("FINISHED");
    assertThat(result.get("params").toString())
        .isEqualTo("{\"max_train_steps\":\"3\",\"learning_rate\":\"0.001\"}");
    assertThat(result.get("losses").toString()).isEqualTo("[1,2,3]");
    assertThat(result.get("artifacts").toString()).contains("report.html");
    assertThat(result.get("base").asText()).isEqualTo("src/quickstart/base-model");
    assertThat(result.get("metadata").asText()).isEqualTo("src/quickstart/base-model");
    try (var in = Files.newInputStream(output.resolve("run").resolve(ADAPTER))) {
      assertThat(result.get("sha256").asText()).isEqualTo(ContentHash.sha256(in));
    }
    assertThat(result.get("inputs").toString())
        .isEqualTo("[\"prompt\",\"negative_prompt\",\"seed\"]");
    assertThat(result.get("outputs").toString()).isEqualTo("[\"image\"]");
    assertThat(result.get("brightness").toString()).isEqualTo("[\"a book\",\"a red apple\"]");
    assertThat(result.get("worker").asText())
        .startsWith("Unsupported mlflow.pyfunc.spark_udf: a Python worker has no JVM");
    for (String same : List.of("pyfunc", "scored", "copied")) {
      assertThat(result.get(same).asBoolean()).as(same).isTrue();
    }
    assertThat(result.get("alive").asInt()).isEqualTo(3);
  }

  /** Its cells show pictures of the data, the report, and what base and adapter draw. */
  @Test
  void theNotebookRuns() throws Exception {
    installWheel();
    String printed =
        run(
            "src/test/python/run_notebook.py",
            "src/main/python/quickstart.ipynb",
            System.getProperty("java.class.path"));
    JsonNode kinds = new ObjectMapper().readTree(lastLine(printed));
    assertThat(kinds.get(1).toString()).contains("image/png");
    assertThat(kinds.get(2).toString()).contains("text/html");
    assertThat(kinds.get(3).toString()).contains("image/png");
    assertThat(kinds.get(4).toString()).contains("text/plain");
  }

  private static String lastLine(String text) {
    return text.lines().reduce((first, last) -> last).orElseThrow();
  }

  private void installWheel() throws Exception {
    assumeTrue(PYTHON != null, "SPARK_LORA_PYSPARK: a Python with pyspark");
    run(
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--wheel-dir",
        folder,
        copyOfPackage());
    Path wheel = onlyFile(folder, ".whl");
    run("-m", "pip", "install", "--quiet", "--no-deps", "--target", folder.resolve("site"), wheel);
    assertThat(folder.resolve("site/sparklora/py.typed")).exists();
  }

  /** The SHA-256 of what the command line trains with the script's flags. */
  private String commandLine(String data) throws IOException {
    Path out = folder.resolve("command-" + Path.of(data).getFileName());
    CommandRun run =
        CommandRun.of(
            "train",
            "--master=local[2]",
            "--pretrained_model_name_or_path=src/quickstart/base-model",
            "--dataset_name=" + data,
            "--max_train_samples=6",
            "--resolution=64",
            "--train_batch_size=1",
            "--gradient_accumulation_steps=2",
            "--learning_rate=1e-3",
            "--max_train_steps=2",
            "--seed=5",
            "--output_dir=" + out);
    assertThat(run.code()).as(run.err()).isZero();
    try (var in = Files.newInputStream(out.resolve(ADAPTER))) {
      return ContentHash.sha256(in);
    }
  }

  /** A build leaves files beside the sources. */
  private Path copyOfPackage() throws IOException {
    Path copy = folder.resolve("package");
    try (var files = Files.walk(PACKAGE)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = copy.resolve(PACKAGE.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
    return copy;
  }

  private static Path onlyFile(Path folder, String part) throws IOException {
    try (var files = Files.list(folder)) {
      List<Path> found =
          files.filter(file -> file.getFileName().toString().contains(part)).toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  private String run(Object... args) throws Exception {
    List<String> command = new ArrayList<>(List.of(PYTHON));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    String site = folder.resolve("site").toString();
    builder.environment().put("PYTHONPATH", site + morePackages.map(more -> ":" + more).orElse(""));
    builder.environment().remove("SPARK_HOME"); // PySpark brings its own
    Process process = builder.start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(printed + Files.readString(log)).isZero();
    return printed;
  }
}
