package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.Application;

@Tag("long")
class VerifyCommandTest {
  private static final Path REFERENCE = Path.of("src/test/resources/golden/sd15");

  private static final Path SCHEDULERS = Path.of("src/test/resources/golden/schedulers.json");

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void printsARowForEachQuantity() {
    assertThat(run("--reference=" + REFERENCE)).as(err.toString()).isZero();
    assertThat(out.toString())
        .contains("unet.out ", "grad.mse ", "run.adamw10 ", "25 of 25 pass")
        .doesNotContain("FAIL");
  }

  @Test
  void aQuantityThatIsOffFailsTheCommand() throws Exception {
    for (String name : new String[] {"golden.safetensors", "adapter_start.safetensors"}) {
      Files.copy(REFERENCE.resolve(name), folder.resolve(name));
    }
    Files.createSymbolicLink(folder.resolve("model"), REFERENCE.resolve("model").toAbsolutePath());
    String numbers = Files.readString(REFERENCE.resolve("golden.json"));
    Files.writeString(
        folder.resolve("golden.json"),
        numbers.replaceFirst("\"loss.mse\": 1.03", "\"loss.mse\": 1.04"));
    assertThat(run("--reference=" + folder)).isEqualTo(5);
    assertThat(out.toString()).containsPattern("loss.mse .*FAIL").contains("24 of 25 pass");
  }

  @Test
  void fp16OnACpuIsRefused() {
    assertThat(run("--reference=" + REFERENCE, "--precision=fp16")).isEqualTo(2);
    assertThat(err.toString()).contains("fp16 on a CPU");
  }

  @Test
  void aFolderThatIsNoReferenceIsRefused() {
    assertThat(run("--reference=" + folder)).isEqualTo(3);
    assertThat(err.toString()).contains("golden.safetensors").contains("adapter_start.safetensors");
  }

  @Test
  void aFileOfSamplingRunsGetsARowForEachCase() {
    assertThat(run("--reference=" + SCHEDULERS)).as(out.toString()).isZero();
    assertThat(out.toString())
        .containsPattern("LCMScheduler +8 +exact +\\S+ +1e-05  pass  steps_offset=1")
        .contains("36 of 36 pass")
        .doesNotContain("FAIL");
  }

  @Test
  void aRunThatIsOffFailsTheCommand() throws Exception {
    Path file = folder.resolve("runs.json");
    String runs = Files.readString(SCHEDULERS);
    Files.writeString(
        file,
        runs.replaceFirst("\"timesteps\": \\[961", "\"timesteps\": [962")
            .replaceFirst("0\\.6335", "0.6336"));
    assertThat(run("--reference=" + file)).isEqualTo(5);
    assertThat(out.toString())
        .containsPattern("DDPMScheduler +25 +different .*FAIL")
        .containsPattern("DDPMScheduler +50 +exact .*FAIL")
        .contains("34 of 36 pass");
  }

  @Test
  void aSchedulerThatIsNotKnownIsBadData() throws Exception {
    Path file = folder.resolve("runs.json");
    String runs = Files.readString(SCHEDULERS);
    Files.writeString(file, runs.replaceFirst("DDIMScheduler", "DDIMUpscaler"));
    assertThat(run("--reference=" + file)).isEqualTo(3);
    assertThat(err.toString()).contains("DDIMUpscaler").contains(", case ");
  }

  @Test
  void aMalformedFileOfSamplingRunsGetsOneError() throws Exception {
    Path file = folder.resolve("runs.json");
    String runs = Files.readString(SCHEDULERS);
    Files.writeString(file, runs.substring(0, runs.length() / 2));
    assertThat(run("--reference=" + file)).isEqualTo(3);
    assertThat(err.toString())
        .contains(file + ": neither a folder of reference tensors nor a JSON");
    Files.writeString(file, "{\"loss.mse\": 1.03}");
    assertThat(run("--reference=" + file)).isEqualTo(3);
    assertThat(err.toString()).contains("expected a list \"cases\"");
    Files.writeString(file, runs.replaceFirst("\"steps\": 8", "\"steps\": \"eight\""));
    assertThat(run("--reference=" + file)).isEqualTo(3);
    assertThat(err.toString()).contains("case 35: steps \"eight\"; expected a whole number");
  }

  private int run(String... flags) {
    String[] args = new String[flags.length + 1];
    args[0] = "verify";
    System.arraycopy(flags, 0, args, 1, flags.length);
    return Application.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
  }
}
