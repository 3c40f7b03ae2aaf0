package org.sparklora.report.track;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.report.event.RunEvents;

/**
 * A disk that is full for a while costs a tracker nothing. The real packages read what is written.
 */
@Tag("long")
class FullDiskTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7})
  void tensorBoardReadsEveryStepOnce(int failures) throws Exception {
    FullDisk disk = new FullDisk(200, failures);
    try (RunEvents events = disk.events(new TensorBoardTracker(path(), disk.configuration()))) {
      tell(events);
    }

    JsonNode read = TrackedRun.python(TensorBoardTrackerTest.READ, folder.toString());

    List<Integer> steps = new ArrayList<>();
    read.get("scalars").get("train_loss").forEach(point -> steps.add(point.get(0).intValue()));
    assertThat(steps).hasSize(400).isSorted().doesNotHaveDuplicates();
    assertThat(read.get("scalars").get("validation/loss").toString())
        .isEqualTo("[[100,100.25],[200,200.25],[300,300.25]]");
    assertThat(read.get("images").get("validation/a \"red\" apple/8")).hasSize(3);
    assertThat(read.get("rank").intValue()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 7})
  void wandbReadsEveryStepOnce(int failures) throws Exception {
    FullDisk disk = new FullDisk(200, failures);
    try (RunEvents events = disk.events(wandb(disk.configuration()))) {
      tell(events);
    }

    JsonNode read = TrackedRun.python(WandbTrackerTest.READ, file().toString());

    assertThat(read.get("runs")).hasSize(1);
    assertThat(read.get("exits").toString()).isEqualTo("[0]");
    assertThat(steps(read)).hasSize(400).isSorted().doesNotHaveDuplicates();
    assertThat(read.get("files")).hasSize(3);
    for (JsonNode picture : read.get("files")) {
      assertThat(file().resolveSibling("files").resolve(picture.textValue())).exists();
    }
  }

  @Test
  void aResumedRunKeepsTheEarlierRowsUntilItsOwnFileIsWhole() throws Exception {
    try (WandbTracker first = wandb(new Configuration())) {
      TrackedRun.begin(0, first);
      TrackedRun.steps(0, 100, first);
    }
    byte[] before = Files.readAllBytes(file());
    FullDisk disk = new FullDisk(0, 0);
    disk.failWritesOf(".wandb", 3);
    WandbTracker second = wandb(disk.configuration());

    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> TrackedRun.begin(100, second)).hasMessageContaining("No space left");
      assertThat(Files.readAllBytes(file())).isEqualTo(before);
    }
  }

  private static void tell(RunEvents events) {
    TrackedRun.begin(0, events::add);
    for (int step = 0; step < 300; step += 100) {
      TrackedRun.steps(step, step + 100, events::add);
      TrackedRun.validate(step + 100, events::add);
    }
    TrackedRun.steps(300, 400, events::add);
    TrackedRun.finish(400, events::add);
  }

  private static List<Integer> steps(JsonNode read) {
    List<Integer> steps = new ArrayList<>();
    for (JsonNode row : read.get("rows")) {
      if (row.has("train_loss")) {
        steps.add(row.get("_step").intValue());
      }
    }
    return steps;
  }

  private WandbTracker wandb(Configuration hadoop) {
    return new WandbTracker(path(), hadoop, "emoji", Optional.empty(), Map.of());
  }

  private org.apache.hadoop.fs.Path path() {
    return new org.apache.hadoop.fs.Path(folder.toUri());
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".wandb")).findFirst().orElseThrow();
    }
  }
}
