package org.sparklora.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is not Java, looked at by its own linters; those that are not there are not asked. */
class LintTest {
  private static final List<Path> SCRIPTS =
      List.of(
          Path.of("jobs"),
          Path.of("jobs/bin"),
          Path.of("conf"),
          Path.of("conf/databricks"),
          Path.of("conf/emr"),
          Path.of("docker"),
          Path.of(".ci"));

  @Test
  void shellScripts() throws Exception {
    assumeThat(Scripts.run(Map.of(), "sh", "-c", "command -v shellcheck").code()).isZero();
    List<String> command = new ArrayList<>(List.of("shellcheck", "-x"));
    for (Path folder : SCRIPTS) {
      try (Stream<Path> files = Files.list(folder)) {
        files.filter(LintTest::isShellScript).map(Path::toString).forEach(command::add);
      }
    }
    assertThat(command).contains("jobs/submit.bash", "jobs/bin/spark-class", ".ci/run");
    assertClean(command);
  }

  @Test
  void dagsAndTheirTests() throws Exception {
    List<String> files = new ArrayList<>(List.of("--config", "jobs/airflow/ruff.toml"));
    files.add("jobs/airflow");
    try (Stream<Path> tests = Files.list(Path.of("src/test/python"))) {
      tests
          .map(Path::toString)
          .filter(file -> file.matches(".*/airflow_\\w+\\.py"))
          .forEach(files::add);
    }
    assertThat(files).contains("src/test/python/airflow_dags.py");
    assertClean(ruff(List.of("check"), files));
    assertClean(ruff(List.of("format", "--check"), files));
  }

  private static List<String> ruff(List<String> command, List<String> files) {
    List<String> words = new ArrayList<>(List.of(tool("ruff")));
    words.addAll(command);
    words.addAll(files);
    return words;
  }

  @Test
  void dockerfiles() throws Exception {
    assertClean(List.of(tool("hadolint"), "docker/Dockerfile.cpu", "docker/Dockerfile.gpu"));
  }

  private static boolean isShellScript(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return Files.isRegularFile(file)
          && (file.toString().endsWith(".bash")
              || lines.findFirst().orElse("").startsWith("#!/usr/bin/env bash"));
    } catch (IOException | java.io.UncheckedIOException e) {
      return false;
    }
  }

  private static String tool(String name) {
    String venv = System.getenv("SPARK_LORA_AIRFLOW");
    assumeThat(venv).as("SPARK_LORA_AIRFLOW, the virtual environment of Airflow").isNotNull();
    return venv + "/bin/" + name;
  }

  private static void assertClean(List<String> command) throws Exception {
    Scripts.Result result = Scripts.run(Map.of(), command.toArray(new String[0]));
    assertThat(result.code()).as(result.text()).isZero();
  }
}
