package org.sparklora.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleVerificationTest {
  private static final Path RESOURCES = Path.of("src/test/resources");

  @ParameterizedTest
  @ValueSource(strings = {"golden/schedulers.json", "train/samplers.json", "schedulers/runs.json"})
  void followsDiffusersStepByStep(String file) {
    assertThat(ScheduleVerification.run(RESOURCES.resolve(file)))
        .isNotEmpty()
        .allMatch(ScheduleComparison::passes);
  }

  @Test
  void hasTheTimestepsOfTheReferenceToTheLastBit() {
    for (String file : List.of("golden/schedulers.json", "schedulers/runs.json")) {
      assertThat(ScheduleVerification.run(RESOURCES.resolve(file)))
          .extracting(ScheduleComparison::timesteps)
          .containsOnly(TimestepMatch.EXACT);
    }
  }

  @Test
  void swapsAnySchedulerForAnyOther() throws Exception {
    List<ScheduleCase> runs = ScheduleCase.read(RESOURCES.resolve("schedulers/runs.json"));
    assertThat(
            runs.stream()
                .filter(run -> run.config().has("_class_name"))
                .map(run -> run.config().get("_class_name").asText() + " to " + run.scheduler())
                .collect(Collectors.toSet()))
        .hasSize(10 * 10);
  }

  /** Needs Python with diffusers; SPARK_LORA_PYTHON names it. */
  @Test
  @Tag("slow")
  void followsDiffusersWhateverTheConfiguration(@TempDir Path folder) throws Exception {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    Path file = folder.resolve("runs.json");
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                python, "src/test/python/scheduler_cases.py", "random", "3", "200", file.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertThat(process.waitFor()).as(() -> read(log)).isZero();
    assertThat(ScheduleVerification.run(file))
        .hasSizeGreaterThan(100)
        .allMatch(ScheduleComparison::passes);
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (java.io.IOException e) {
      return e.getMessage();
    }
  }
}
