package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checkpoints that are not what a run wrote: one clear line, code 3, and nothing written. */
@Tag("long")
class HostileCheckpointsTest {
  @TempDir private static Path trained;
  @TempDir private Path folder;

  @BeforeAll
  static void train() {
    CommandRun run = CommandRun.of(command(trained.resolve("run")).toArray());
    assertThat(run.code()).as(run.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          manifest.json         | pipe        | it is a named pipe
          manifest.json         | endless     | it is a device
          manifest.json         | dangling    | manifest.json
          manifest.json         | folder      | manifest.json
          manifest.json         | empty       | manifest.json
          manifest.json         | sparse:300  | manifest.json
          manifest.json         | latin       | manifest.json
          manifest.json         | nested      | manifest.json
          manifest.json         | cutend:10   | manifest.json
          manifest.json         | text:[]     | manifest.json
          manifest.json         | text:{"format_version": 1, "step": 1, "files": {}} | optimizer.safetensors
          manifest.json         | text:{"format_version": 1, "step": 1, "files": {"..": {}}} | checkpoint-1
          manifest.json         | text:{"format_version": 1, "step": 1, "files": {"/etc/passwd": {}}} | manifest.json
          manifest.json         | text:{"format_version": 99, "step": 1, "files": {}} | format version 99
          manifest.json         | json:step=-5                | step
          manifest.json         | json:step=9223372036854775807 | step
          optimizer.safetensors | pipe        | it is a named pipe
          optimizer.safetensors | endless     | it is a device
          optimizer.safetensors | dangling    | the file is missing
          optimizer.safetensors | folder      | it is a folder
          optimizer.safetensors | empty       | it has 0 bytes
          optimizer.safetensors | sparse:300  | bytes and was written with
          optimizer.safetensors | cutend:1    | bytes and was written with
          optimizer.safetensors | cut:7       | bytes and was written with
          optimizer.safetensors | html        | bytes and was written with
          optimizer.safetensors | zeros       | SHA-256
          """)
  void areRefused(String file, String kind, String message)
      throws IOException, InterruptedException {
    Path checkpoint = folder.resolve("checkpoint-1");
    copy(trained.resolve("run/checkpoint-1"), checkpoint);
    HostileFile.put(kind, checkpoint.resolve(file));
    List<String> words = command(folder.resolve("out"));
    words.add("--resume_from_checkpoint=" + checkpoint);
    Refusal.require(folder, 3, message, words);
  }

  private static List<String> command(Path output) {
    List<String> words = new ArrayList<>(List.of("train"));
    words.addAll(SmallRun.flags(SmallRun.MODEL, SmallRun.DATA, 2, output));
    words.addAll(List.of("--master=local[1]", "--max_train_steps=2", "--checkpointing_steps=1"));
    return words;
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
