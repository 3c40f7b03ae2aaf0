package org.sparklora.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that Spark reads, with the jars of Delta and Iceberg in a process of its own. */
@Tag("long")
class TableTrainingIT {
  private static final Path JARS = Path.of("target/tables");
  private static final Map<String, String> SAID = new HashMap<>();

  @TempDir private static Path folder;

  @BeforeAll
  static void train() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("@src/main/resources/org/sparklora/cli/spark-java.args");
    command.add("-Xmx1500m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path") + ":" + JARS + "/*");
    command.add(TableRuns.class.getName());
    command.add(folder.toString());
    Path log = folder.resolve("log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(15, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).as(printed + Files.readString(log)).isZero();
    printed
        .lines()
        .map(line -> line.split(" ", 2))
        .filter(words -> words.length == 2)
        .forEach(words -> SAID.put(words[0], words[1]));
  }

  @Test
  void anOldVersionOfDeltaGivesTheOldBytesAfterRowsWereAppended() {
    assertThat(SAID.get("delta-pinned")).hasSize(64).isEqualTo(SAID.get("delta-first"));
    assertThat(SAID.get("delta-newest")).hasSize(64).isNotEqualTo(SAID.get("delta-first"));
    assertThat(SAID).containsEntry("delta-card", "true");
    assertThat(SAID.get("delta-compacted")).isEqualTo(SAID.get("delta-newest"));
  }

  @Test
  void anOldSnapshotOfIcebergGivesTheOldBytesAfterRowsWereAppended() {
    assertThat(SAID.get("iceberg-pinned")).hasSize(64).isEqualTo(SAID.get("iceberg-first"));
    assertThat(SAID.get("iceberg-newest")).hasSize(64).isNotEqualTo(SAID.get("iceberg-first"));
  }

  @Test
  void theRowsDecideTheBytesInWhateverFormatTheyAre() {
    assertThat(SAID.get("iceberg-first")).isEqualTo(SAID.get("delta-first"));
    assertThat(SAID.get("sql")).isEqualTo(SAID.get("delta-first"));
    assertThat(SAID.get("command")).isEqualTo(SAID.get("delta-first"));
  }

  @Test
  void aDatabaseAndOrcGiveTheBytesOfTheSameRows() {
    assertThat(SAID.get("orc")).hasSize(64).isEqualTo(SAID.get("delta-first"));
    assertThat(SAID.get("jdbc")).hasSize(64).isEqualTo(SAID.get("bytes"));
  }

  @Test
  void aKeyDecidesTheOrderHoweverRowsLieInFiles() {
    assertThat(SAID.get("keyed")).hasSize(64).isEqualTo(SAID.get("keyed-too"));
    assertThat(SAID.get("keyed")).isNotEqualTo(SAID.get("delta-first"));
    assertThat(SAID.get("twice"))
        .startsWith("Invalid --dataset_key: id; of 20 rows only 7 have a value of their own");
  }

  @Test
  void latentsArePreparedFromATableAndFoundByTrain() {
    assertThat(SAID.get("prepared")).hasSize(64).isEqualTo(SAID.get("delta-first"));
    assertThat(SAID).containsEntry("prepared-once", "true");
  }

  @Test
  void whatSparkCannotReadIsNamed() {
    assertThat(SAID.get("nowhere"))
        .startsWith("Cannot read --dataset_name: file:///nowhere as --dataset_format delta: ");
    assertThat(SAID.get("unknown")).contains("as --dataset_format tablez: ").contains("--jars");
  }
}
