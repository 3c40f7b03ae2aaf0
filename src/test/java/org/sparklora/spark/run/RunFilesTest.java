package org.sparklora.spark.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.store.Fence;

class RunFilesTest {
  private static final List<String> OURS =
      List.of(
          "pytorch_lora_weights.safetensors",
          ".pytorch_lora_weights.safetensors.crc",
          "learned_embeds.bin",
          "learned_embeds_1.safetensors",
          "lora.safetensors",
          "samples.png",
          "README.md",
          "report.html",
          "report/history.json",
          "report/recipe.json",
          "logs/text2image-fine-tune/events.out.tfevents.0000000001.host.1",
          "logs/wandb/offline-run-20250101_000000-abc/run-abc.wandb",
          "logs/wandb/offline-run.txt",
          "logs/mlflow-run.txt",
          "kohya/ohwx.safetensors",
          "validation/base/000-a-cat-seed5.png",
          "validation/step-000002/000-a-cat-seed-5.png",
          "checkpoint-2/manifest.json",
          "checkpoint-2/optimizer.safetensors",
          "checkpoint-2/pytorch_lora_weights.safetensors",
          "checkpoint-2/README.md",
          "cat/_lease/1.json",
          "cat/subject.json",
          "cat/README.md",
          "cat/pytorch_lora_weights.safetensors",
          "cat/checkpoint-4/manifest.json");

  private static final List<String> KEPT =
      List.of(
          "_lease/1.json",
          "latents/0123456789abcdef/manifest.json",
          "notes.txt",
          "validation/mine.png",
          "kohya/notes.txt",
          "checkpoint-2/notes.txt",
          "logs/other/readme.txt",
          "inner/_lease/1.json",
          "inner/report/history.json",
          "inner/pytorch_lora_weights.safetensors",
          "plain/pytorch_lora_weights.safetensors");

  @TempDir private Path folder;

  private final Configuration hadoop = new Configuration();

  @Test
  void deletesWhatRunsWriteAndNothingElse() throws IOException {
    for (String name : OURS) {
      write(name);
    }
    for (String name : KEPT) {
      write(name);
    }
    files(Fence.NONE).delete();
    assertThat(there()).containsExactlyInAnyOrderElementsOf(KEPT);
    assertThat(contents().isUsed()).as("what is kept there").isTrue();
    Files.delete(folder.resolve("validation/mine.png"));
    Files.delete(folder.resolve("validation"));
    Files.delete(folder.resolve("kohya/notes.txt"));
    Files.delete(folder.resolve("kohya"));
    Files.delete(folder.resolve("checkpoint-2/notes.txt"));
    Files.delete(folder.resolve("checkpoint-2"));
    assertThat(contents().isUsed()).isFalse();
  }

  @Test
  void aDeletionThatWasBrokenOffLeavesNothingToResumeFromAndIsKnownAsARun() throws IOException {
    for (String name : OURS) {
      write(name);
    }
    Fence breaksOff =
        new Fence() {
          private int calls;

          @Override
          public void requireHeld() throws IOException {
            if (++calls == 2) {
              throw new IOException("broken off");
            }
          }
        };
    assertThatThrownBy(() -> files(breaksOff).delete()).hasMessage("broken off");
    assertThat(there()).noneMatch(name -> name.endsWith("manifest.json"));
    assertThat(contents().byRuns()).isTrue();
    files(Fence.NONE).delete();
    assertThat(there()).isEmpty();
  }

  @Test
  void filesOfOthersAreNoRunAndThoseThatWouldBeReplacedAreNamed() throws IOException {
    for (String name :
        List.of("notes.txt", "README.md", "validation/x.png", "logs/x", "a/_lease/1.json")) {
      write(name);
    }
    assertThat(contents().isUsed()).isFalse();
    assertThat(contents().foreign()).containsExactly("README.md");
  }

  @Test
  void aRunThatTrainedNothingIsNotWorthKeeping() throws IOException {
    for (String name : List.of("_lease/1.json", "report.html", "latents/0/manifest.json")) {
      write(name);
    }
    assertThat(contents().isUsed()).isFalse();
    assertThat(contents().foreign()).isEmpty();
  }

  private RunFiles files(Fence fence) throws IOException {
    return new RunFiles(
        new org.apache.hadoop.fs.Path(folder.toUri()), List.of("logs"), hadoop, fence);
  }

  private OutputContents contents() throws IOException {
    return OutputContents.read(
        new org.apache.hadoop.fs.Path(folder.toUri()), List.of("logs"), hadoop);
  }

  private void write(String name) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "x");
  }

  private List<String> there() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).map(f -> folder.relativize(f).toString()).toList();
    }
  }
}
