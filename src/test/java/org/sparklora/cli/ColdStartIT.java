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
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.data.TestDataset;

/**
 * The first run on a machine: libtorch is unpacked into an empty cache. The environment's encoding
 * may be ASCII, while captions and names of files are not.
 */
@Tag("slow")
class ColdStartIT {
  private static final String CAPTION = "ein Grünspecht auf einer Föhre, 猫";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"LANG, C", "LC_ALL, POSIX", "LC_ALL, C.UTF-8"})
  void trainsOnCaptionsAndFilesWithUmlauts(String variable, String locale) throws Exception {
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    boolean wide = locale.equals("C.UTF-8");
    for (int i = 0; i < 2; i++) {
      String name = (wide ? "Möwe-" : "picture-") + i;
      Files.write(data.resolve(name + ".png"), TestDataset.noise(64, 64, i));
      Files.writeString(data.resolve(name + ".txt"), CAPTION + " " + i);
    }
    Path output = folder.resolve(wide ? "Ausgänge" : "out");
    Path log = folder.resolve("log");
    Process process = start(data, output, log, variable, locale);
    int code = process.waitFor();
    String said = Files.readString(log, StandardCharsets.ISO_8859_1);
    assertThat(code).as(said).isZero();
    assertThat(output.resolve("pytorch_lora_weights.safetensors")).exists();
    assertThat(Files.readString(output.resolve("README.md"))).contains("Grünspecht");
    try (Stream<Path> unpacked = Files.walk(folder.resolve("cache"))) {
      assertThat(unpacked).anyMatch(file -> file.getFileName().toString().contains("torch"));
    }
  }

  private Process start(Path data, Path output, Path log, String variable, String locale)
      throws IOException {
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
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put(variable, locale);
    builder.environment().put("DJL_CACHE_DIR", folder.resolve("cache").toString());
    return builder.start();
  }
}
