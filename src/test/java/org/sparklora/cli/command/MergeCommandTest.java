package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.cli.CommandRun;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.SmallAdapters;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelFolder;

class MergeCommandTest {
  @TempDir private Path folder;

  private Path one;
  private Path other;

  @BeforeEach
  void writeAdapters() throws IOException {
    one = folder.resolve("one.safetensors");
    other = folder.resolve("other.safetensors");
    AdapterFormat.DIFFUSERS.write(SmallAdapters.random(3, 2, 1), one);
    AdapterFormat.DIFFUSERS.write(SmallAdapters.random(2, 4, 2), other);
  }

  @Test
  void addsAdaptersUp() {
    Path merged = folder.resolve("merged.safetensors");
    CommandRun run =
        CommandRun.of(
            "merge",
            "--adapter",
            one,
            "--adapter",
            other,
            "--adapter_weight",
            0.5,
            "--adapter_weight",
            -2,
            "--output_file",
            merged);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("-2.0 x ", "of rank 5 to 10", "wrote " + merged);
    Adapter read = AdapterFile.read(merged).adapter();
    assertThat(read.metadata())
        .containsEntry(
            "merged_adapters",
            "[{\"adapter\":\"one.safetensors\",\"weight\":0.5},"
                + "{\"adapter\":\"other.safetensors\",\"weight\":-2.0}]")
        .containsEntry("base_model", "emoji");
    assertThat(rank(read, "down_blocks.0.resnets.0.conv1")).isEqualTo(10);
  }

  @Test
  void reducesTheRankAndSaysWhatIsKept() {
    CommandRun run =
        CommandRun.of(
            "merge",
            "--adapter",
            one,
            "--adapter",
            other,
            "--rank",
            4,
            "--show_modules",
            "--output_dir",
            folder.resolve("out"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .containsPattern("rank 4: keeps \\d\\d\\.\\d+% of the squared norm")
        .containsPattern("the least of a module: \\d\\d\\.\\d+%, ")
        .containsPattern("% +rank +4 +norm .* mid_block\\.");
    Adapter read =
        AdapterFile.read(folder.resolve("out/pytorch_lora_weights.safetensors")).adapter();
    assertThat(read.modules()).extracting(AdaptedModule::rank).containsOnly(4);
    assertThat(read.metadata()).containsEntry("merged_rank", "4");
  }

  @Test
  void mergesWhatOtherToolsWrote() {
    Path files = Path.of("src/test/resources/adapters");
    Path merged = folder.resolve("merged.safetensors");
    CommandRun run =
        CommandRun.of(
            "merge",
            "--adapter",
            files.resolve("pytorch_lora_weights.bin"),
            "--adapter",
            files.resolve("lora_disney.safetensors"),
            "--adapter",
            files.resolve("learned_embeds.bin"),
            "--rank",
            4,
            "--format",
            "cloneofsimo",
            "--output_file",
            merged);
    assertThat(run.code()).as(run.err()).isZero();
    Adapter adapter = AdapterFile.read(merged).adapter();
    assertThat(adapter.modules()).hasSize(192);
    assertThat(adapter.modules()).extracting(AdaptedModule::rank).containsOnly(1, 4);
    assertThat(adapter.tokens())
        .extracting(token -> token.token())
        .containsExactlyInAnyOrder("<s1>", "<s2>", "<birb-style>");
  }

  @Test
  void aHugeRankKeepsEverything() {
    CommandRun run =
        CommandRun.of(
            "merge", "--adapter", one, "--rank", 100000, "--output_dir", folder.resolve("out"));
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("rank 3 to 6: keeps 100.0000%");
  }

  @Test
  void writesAWholeModel() {
    Path out = folder.resolve("model");
    CommandRun run = merge("--base", SmallAdapters.BASE, "--output_dir", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains("wrote unet/diffusion_pytorch_model.safetensors", "wrote model_index.json")
        .contains("the model is in " + out);
    try (TensorFile unet =
        ModelFolder.open(out.toString(), new Configuration(false), Optional.empty())
            .weights("unet")) {
      assertThat(unet).isInstanceOf(SafetensorsFile.class);
      assertThat(unet.metadata()).containsEntry("format", "pt").containsKey("merged_adapters");
    }
    CommandRun again = merge("--base", SmallAdapters.BASE, "--output_dir", out);
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("is a model already; add --overwrite");
    assertThat(merge("--base", SmallAdapters.BASE, "--output_dir", out, "--overwrite").code())
        .isZero();
  }

  @Test
  void neverReplacesWhatIsNoModel() throws IOException {
    Path full = Files.createDirectories(folder.resolve("full"));
    Files.writeString(full.resolve("thesis.txt"), "years of work");
    CommandRun run = merge("--base", SmallAdapters.BASE, "--output_dir", full, "--overwrite");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("has something in it that is no model");
    assertThat(full.resolve("thesis.txt")).exists();
    CommandRun inside =
        merge("--base", SmallAdapters.BASE, "--output_dir", SmallAdapters.BASE.resolve("fused"));
    assertThat(inside.code()).isEqualTo(2);
    assertThat(inside.err()).contains("is in the base model");
  }

  @Test
  void saysAllThatIsWrongWithTheFlags() {
    CommandRun run =
        CommandRun.of(
            "merge",
            "--adapter",
            one,
            "--adapter",
            other,
            "--adapter_weight",
            "NaN",
            "--rank",
            0,
            "--variant",
            "fp16",
            "--format",
            "difusers");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("Invalid --adapter_weight: [NaN]; give one for each of the 2 adapters")
        .contains("Invalid --adapter_weight: NaN; it must be a finite number")
        .contains("Invalid --rank: 0")
        .contains("Invalid --variant: fp16")
        .contains("Missing --output_file")
        .contains("did you mean diffusers?");
    assertThat(merge("--adapter_weight", 0, "--output_file", folder.resolve("x")).err())
        .contains("Invalid --adapter_weight: 0.0; leave the adapter out");
    assertThat(merge("--output_file", "x", "--output_dir", "y").err()).contains("give one of them");
    assertThat(merge("--base", "b", "--output_file", "x", "--format", "diffusers").err())
        .contains("Invalid --output_file: x; a whole model is written as .safetensors")
        .contains("Unsupported --format");
    assertThat(CommandRun.of("merge", "--adaptor", "x").err()).contains("Did you mean --adapter?");
  }

  @Test
  void namesEveryAdapterThatCannotBeRead() throws IOException {
    Path broken = folder.resolve("broken.safetensors");
    Files.writeString(broken, "no tensors here");
    CommandRun run =
        merge(
            "--adapter", "/no/such.bin", "--adapter", broken, "--output_file", folder.resolve("x"));
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("/no/such.bin").contains("broken.safetensors");
    assertThat(folder.resolve("x")).doesNotExist();
  }

  @Test
  void refusesABaseModelThatTheAdapterIsNotFor() {
    Path sd15 = Path.of("src/test/resources/golden/sd15/model");
    CommandRun run = merge("--base", sd15, "--output_dir", folder.resolve("model"));
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("do not fit the base model").contains("another base model");
    assertThat(folder.resolve("model")).doesNotExist();
    CommandRun missing = merge("--base", "/no/model", "--output_dir", folder.resolve("model"));
    assertThat(missing.code()).isEqualTo(3);
    assertThat(missing.err()).contains("Missing model folder");
  }

  @Test
  void refusesAdaptersOfDifferentModels() throws IOException {
    Path small = folder.resolve("small.safetensors");
    AdapterFormat.DIFFUSERS.write(
        AdapterFile.read(Path.of("src/test/resources/golden/sd15/adapter_start.safetensors"))
            .adapter(),
        small);
    CommandRun run = merge("--adapter", small, "--output_file", folder.resolve("x"));
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("Cannot merge module").contains("small.safetensors");
  }

  @Test
  void refusesValuesThatAreNotFinite() throws IOException {
    Adapter adapter = SmallAdapters.random(2, 2, 3);
    adapter.modules().get(0).down()[0] = Float.POSITIVE_INFINITY;
    Path diverged = folder.resolve("diverged.safetensors");
    AdapterFormat.DIFFUSERS.write(adapter, diverged);
    CommandRun run = merge("--adapter", diverged, "--output_file", folder.resolve("x"));
    assertThat(run.code()).isEqualTo(3);
    assertThat(run.err()).contains("diverged.safetensors").contains("not finite");
  }

  @Test
  void anOutputThatCannotBeWrittenLeavesNothing() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    CommandRun run = merge("--output_file", file.resolve("x"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("Cannot write to --output_file");
  }

  private CommandRun merge(Object... more) {
    Object[] args = new Object[more.length + 3];
    args[0] = "merge";
    args[1] = "--adapter";
    args[2] = one;
    System.arraycopy(more, 0, args, 3, more.length);
    return CommandRun.of(args);
  }

  private static int rank(Adapter adapter, String module) {
    return adapter.modules().stream()
        .filter(one -> one.name().equals(module))
        .findFirst()
        .orElseThrow()
        .rank();
  }
}
