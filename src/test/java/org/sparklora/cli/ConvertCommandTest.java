package org.sparklora.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.SmallAdapters;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;

class ConvertCommandTest {
  @TempDir private Path folder;

  private Path input;

  @BeforeEach
  void writeInput() throws IOException {
    input = folder.resolve("input.safetensors");
    AdapterFormat.DIFFUSERS.write(SmallAdapters.random(2, 4, 1), input);
  }

  @Test
  void refusesToReplaceAFile() throws IOException {
    Path taken = Files.writeString(folder.resolve("taken"), "mine");
    CommandRun run = CommandRun.of("convert", input, "--format=diffusers", "--output_file", taken);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(taken + " is there already; add --overwrite");
    assertThat(taken).hasContent("mine");
    CommandRun again =
        CommandRun.of(
            "convert", input, "--format=DIFFUSERS", "--output_file", taken, "--overwrite");
    assertThat(again.code()).as(again.err()).isZero();
    assertThat(AdapterFile.read(taken).adapter())
        .usingRecursiveComparison()
        .isEqualTo(AdapterFile.read(input).adapter());
    assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".part"));
  }

  @Test
  void namesTheFormatsThereAre() {
    CommandRun run = CommandRun.of("convert", input, "--output_file", folder.resolve("x"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("Missing --format: one of diffusers, ");
    CommandRun unknown = CommandRun.of("convert", "--format", "lycoris");
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err())
        .contains("Unknown --format: lycoris", "Missing INPUT", "Missing --output_file");
  }

  @Test
  void refusesAFolderForAFile() {
    CommandRun run = CommandRun.of("convert", input, "--format=diffusers", "--output_file", folder);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("is a folder; give --output_dir");
  }

  @Test
  void aFileThatIsNoAdapterEndsWithThree() throws IOException {
    Path text = Files.writeString(folder.resolve("text.bin"), "this is not an adapter");
    CommandRun run =
        CommandRun.of("convert", text, "--format=diffusers", "--output_file", folder.resolve("x"));
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("text.bin");
    assertThat(folder.resolve("x")).doesNotExist();
  }
}
