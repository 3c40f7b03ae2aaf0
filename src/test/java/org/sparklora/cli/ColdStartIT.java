package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.data.TestDataset;

/**
 * The first run on a machine: libtorch is unpacked into an empty cache. The environment's encoding
 * may be ASCII, while captions and names of files are not.
 */
@Tag("slow")
class ColdStartIT {
  private static final String CAPTION = "ein Grünspecht auf einer Föhre, 猫";
  private static final String UTF_8 = "LC_ALL=C.UTF-8";

  @TempDir private Path folder;

  /** What a process ended with. */
  private record End(int code, String said, Path output) {
    byte[] adapter() throws IOException {
      assertThat(code).as(said).isZero();
      return Files.readAllBytes(output.resolve("pytorch_lora_weights.safetensors"));
    }
  }

  @Test
  void theAdapterOfCaptionsWithUmlautsIsTheSameInEveryEnvironment() throws Exception {
    Path data = pictures("data", "picture-");
    byte[] expected = train(data, "utf-8", UTF_8).adapter();
    assertThat(train(data, "lang-c", "LANG=C").adapter()).isEqualTo(expected);
    assertThat(train(data, "posix", "LC_ALL=POSIX").adapter()).isEqualTo(expected);
    try (Stream<Path> unpacked = Files.walk(folder.resolve("cache-posix"))) {
      assertThat(unpacked).anyMatch(file -> file.getFileName().toString().contains("torch"));
    }
  }

  @Test
  void filesWithUmlautsAreReadOrTheEnvironmentIsNamed() throws Exception {
    Path data = pictures("Möwen", "Möwe-");
    assertThat(train(data, "Ausgänge", UTF_8).adapter()).isNotEmpty();
    Path ascii = Files.move(data, folder.resolve("gulls"));
    End end = train(ascii, "out", "LANG=C");
    assertThat(end.code()).as(end.said()).isEqualTo(2);
    assertThat(end.said()).contains("error: ").contains("LC_ALL=C.UTF-8");
  }

  private Path pictures(String name, String prefix) throws IOException {
    Path data = Files.createDirectories(folder.resolve(name));
    for (int i = 0; i < 2; i++) {
      Files.write(data.resolve(prefix + i + ".png"), TestDataset.noise(64, 64, i));
      Files.writeString(data.resolve(prefix + i + ".txt"), CAPTION + " " + i);
    }
    return data;
  }

  /**
   * @param variable of the environment, in place of all that set its encoding
   */
  private End train(Path data, String name, String variable)
      throws IOException, InterruptedException {
    Path output = folder.resolve(name);
    Path log = folder.resolve(name + ".log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(EmbeddedLaunch.sparkArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.add("train");
    command.addAll(SmallRun.flags(SmallRun.MODEL, data.toString(), 2, output));
    command.addAll(List.of("--max_train_steps=1", "--master=local[1]"));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("LC_") || key.equals("LANG"));
    String[] parts = variable.split("=", -1);
    builder.environment().put(parts[0], parts[1]);
    builder.environment().put("DJL_CACHE_DIR", folder.resolve("cache-" + name).toString());
    int code = builder.start().waitFor();
    return new End(code, Files.readString(log, StandardCharsets.UTF_8), output);
  }
}
