package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Executors and drivers, each a process, are killed at random moments, and requests to S3 fail: the
 * final adapter has the bytes of the undisturbed run. With even seeds gradients go over a tree.
 * What the processes said is in {@code target/chaos}. The twenty slow ones: {@code mvn verify
 * -Dslow.tests=none -Dit.test=ChaosIT}
 */
@Tag("long")
class ChaosIT {
  private static final Path LOGS = Path.of("target", "chaos");

  private static ChaosSeeds seeds;

  @BeforeAll
  static void trainUndisturbed() throws IOException, InterruptedException {
    seeds = new ChaosSeeds(Files.createDirectories(LOGS));
  }

  @AfterAll
  static void stop() {
    seeds.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whateverIsKilledTheBytesAreTheSame(long seed) throws IOException, InterruptedException {
    assertThat(seeds.disturb(seed)).contains("same bytes").doesNotContain("driversKilled=0");
  }

  @Tag("slow")
  @ParameterizedTest
  @CsvSource({"101, 110", "111, 120"})
  void manySeeds(long first, long last) throws IOException, InterruptedException {
    for (long seed = first; seed <= last; seed++) {
      System.out.println(seeds.disturb(seed));
    }
  }
}
