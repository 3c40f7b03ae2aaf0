package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** What every refusal has in common: one clear line, its code, and nothing written. */
final class Refusal {
  /** A pipe that nobody writes to, or a device without end, must not be waited for. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final int MOST_CHARACTERS = 700;

  /** With so little memory no Spark starts: what is not refused fails, and with another code. */
  private static final String NO_SPARK = "spark.testing.memory";

  private Refusal() {}

  /**
   * Runs a command that must be refused.
   *
   * @param folder nothing in it may change
   * @param part what the message says, such as the name and the value
   */
  static void require(Path folder, int code, String part, List<String> command) throws IOException {
    List<String> before = files(folder);
    System.setProperty(NO_SPARK, "1");
    CommandRun run;
    try {
      run = assertTimeoutPreemptively(PATIENCE, () -> CommandRun.of(command.toArray()));
    } finally {
      System.clearProperty(NO_SPARK);
    }
    assertThat(run.code()).as(run.err()).isEqualTo(code);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines().toList())
        .as(run.err())
        .anyMatch(line -> line.contains(part))
        .allMatch(line -> line.startsWith("error: ") || line.startsWith("See spark-lora"))
        .allMatch(line -> line.length() < MOST_CHARACTERS)
        .noneMatch(line -> line.contains("Exception"))
        .noneMatch(line -> line.chars().anyMatch(Character::isISOControl));
    assertThat(files(folder)).as("what was written").isEqualTo(before);
  }

  private static List<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder, new FileVisitOption[0])) {
      return files
          .map(
              file ->
                  folder.relativize(file)
                      + (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                          ? " " + file.toFile().length()
                          : ""))
          .sorted()
          .toList();
    }
  }
}
