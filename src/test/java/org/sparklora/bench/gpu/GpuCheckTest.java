package org.sparklora.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class GpuCheckTest {
  @TempDir private Path folder;

  @Test
  void aFolderOfSomebodyElseIsNotDeleted() throws IOException {
    Path theirs = Files.writeString(folder.resolve("theirs"), "data");
    assertThat(check("--scratch", folder.toString())).isEqualTo(2);
    assertThat(check("--scratch", theirs.toString())).isEqualTo(2);
    assertThat(theirs).hasContent("data");
  }

  @Test
  void aFolderOfAnEarlierCheckIsMadeAnew() throws IOException {
    Path scratch = folder.resolve("check");
    String[] flags = {"--scratch", scratch.toString(), "--only", "diffusers", "--python", "no"};
    assertThat(check(flags)).as("diffusers is no promise").isZero();
    Path old = Files.createFile(scratch.resolve("old"));
    assertThat(check(flags)).as("diffusers is no promise").isZero();
    assertThat(old).doesNotExist();
    assertThat(scratch.resolve("gpu-check.json")).isRegularFile();
  }

  @Test
  void nonsenseIsRefused() {
    assertThat(check("--only", "speed")).isEqualTo(2);
    assertThat(check("--minutes", "0")).isEqualTo(2);
    assertThat(check("--device", "tpu")).isEqualTo(2);
  }

  private static int check(String... flags) {
    return new CommandLine(new GpuCheck(List.of("no-such-java")))
        .execute(
            Stream.concat(
                    flags[0].equals("--device") ? Stream.empty() : Stream.of("--device", "cpu"),
                    Arrays.stream(flags))
                .toArray(String[]::new));
  }
}
