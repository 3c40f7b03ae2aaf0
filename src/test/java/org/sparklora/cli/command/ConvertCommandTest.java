package org.sparklora.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.cli.CommandRun;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.SmallAdapters;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.report.ModelCard;
import org.sparklora.store.OutputLease;

@Tag("long")
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
    assertThat(values(taken)).isEqualTo(values(input));
    assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".part"));
  }

  /**
   * The result has no card: its metadata names the base model that the card beside the input names.
   */
  @Test
  void namesTheBaseModelThatTheCardNames() throws IOException {
    Path run = Files.createDirectories(folder.resolve("run"));
    Adapter adapter = SmallAdapters.random(2, 4, 1);
    AdapterFormat.DIFFUSERS.write(
        new Adapter(adapter.modules(), adapter.tokens(), Map.of("base_model_identity", "0123")),
        run);
    Files.writeString(run.resolve("README.md"), ModelCard.ofCheckpoint("/models/sd"));
    Path out = folder.resolve("out.safetensors");
    assertThat(CommandRun.of("convert", run, "--format=kohya", "--output_file", out).code())
        .isZero();
    assertThat(AdapterFile.read(out).baseModel()).contains("/models/sd");
    Path sum = folder.resolve("sum.safetensors");
    assertThat(CommandRun.of("merge", "--adapter", run, "--output_file", sum).code()).isZero();
    assertThat(AdapterFile.read(sum).baseModel()).contains("/models/sd");
    assertThat(CommandRun.of("inspect", run).out()).contains("base model     /models/sd");
  }

  /** GLoRA, OFT and IA3 change weights by a factor, which a LoRA of this base can repeat. */
  @Test
  void whatDependsOnTheBaseModelNeedsIt() {
    Path relative = Path.of("src/test/resources/relative/lycoris/adapter.safetensors");
    Path out = folder.resolve("out.safetensors");
    CommandRun without = CommandRun.of("convert", relative, "--format=kohya", "--output_file", out);
    assertThat(without.code()).isEqualTo(2);
    assertThat(without.err()).contains("Unsupported without a base model: GLoRA, as of module");
    assertThat(out).doesNotExist();
    CommandRun exact =
        CommandRun.of(
            "convert",
            relative,
            "--format=diffusers",
            "--output_file",
            out,
            "--pretrained_model_name_or_path=" + SmallAdapters.BASE);
    assertThat(exact.code()).as(exact.err()).isZero();
    assertThat(exact.out())
        .contains("2 modules of BOFT, 4 modules of GLoRA, 3 modules of IA3, 5 modules of OFT")
        .contains("on the base model: 14 modules of rank 4 to 96");
    assertThat(AdapterFile.read(out).adapter().modules()).hasSize(14);
    CommandRun reduced =
        CommandRun.of(
            "convert",
            relative,
            "--format=kohya",
            "--output_file",
            folder.resolve("reduced.safetensors"),
            "--base=" + SmallAdapters.BASE,
            "--rank=4");
    assertThat(reduced.code()).as(reduced.err()).isZero();
    assertThat(reduced.out())
        .containsPattern("rank 4: keeps \\d+\\.\\d{4}% of the squared norm of all updates");
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

  @ParameterizedTest
  @ValueSource(strings = {"sd15", "sd2", "sdxl"})
  void aBaseModelIsWrittenAsOneFileAndAsAFolderAgain(String name) throws IOException {
    Path model = Path.of("src/test/resources/golden", name, "model");
    Path file = folder.resolve("model.safetensors");
    CommandRun one = CommandRun.of("convert", model, "--output_file", file);
    assertThat(one.code()).as(one.err()).isZero();
    Path back = folder.resolve("back");
    CommandRun two = CommandRun.of("convert", file, "--output_dir", back);
    assertThat(two.code()).as(two.err()).isZero();
    assertThat(two.out()).contains("wrote unet/diffusion_pytorch_model.safetensors");
    Path again = folder.resolve("again.safetensors");
    assertThat(CommandRun.of("convert", back, "--output_file", again).code()).isZero();
    assertThat(again).hasSameBinaryContentAs(file);
  }

  @Test
  void whatIsOfAdaptersIsRefusedForABaseModel() {
    CommandRun run =
        CommandRun.of("convert", SmallAdapters.BASE, "--without_tokens", "--output_dir=x");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("it is of adapters, and");
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

  @Test
  void takesALearnedTokenOrTheRestOfWhatAnotherToolWrote() {
    Path disney = Path.of("src/test/resources/adapters/lora_disney.safetensors");
    Path whole = folder.resolve("whole");
    CommandRun refused = CommandRun.of("convert", disney, "--format=kohya", "--output_file", whole);
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("learned tokens (<s1>)");
    assertThat(whole).doesNotExist();
    CommandRun without =
        CommandRun.of(
            "convert", disney, "--format=kohya", "--without_tokens", "--output_file", whole);
    assertThat(without.code()).as(without.err()).isZero();
    assertThat(values(whole)).isEqualTo(values(disney));
    Path token = folder.resolve("s2.bin");
    CommandRun only =
        CommandRun.of(
            "convert",
            disney,
            "--format=textual-inversion-bin",
            "--token=<s2>",
            "--output_file",
            token);
    assertThat(only.code()).as(only.err()).isZero();
    assertThat(AdapterFile.read(token).adapter().tokens())
        .singleElement()
        .satisfies(learned -> assertThat(learned.token()).isEqualTo("<s2>"));
    CommandRun unknown =
        CommandRun.of(
            "convert",
            disney,
            "--format=textual-inversion",
            "--token=s3",
            "--output_file",
            folder.resolve("x"));
    assertThat(unknown.code()).isEqualTo(2);
    assertThat(unknown.err()).contains("Invalid --token: s3; the adapter has <s1>, <s2>");
  }

  @Test
  void writesAFolderForPeft() {
    Path adapter = Path.of("src/test/resources/adapters/pytorch_lora_weights.bin");
    CommandRun file =
        CommandRun.of("convert", adapter, "--format=peft", "--output_file", folder.resolve("x"));
    assertThat(file.code()).isEqualTo(2);
    assertThat(file.err()).contains("peft is a folder of several files; give --output_dir");
    Path peft = folder.resolve("peft");
    CommandRun run = CommandRun.of("convert", adapter, "--format=peft", "--output_dir", peft);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(peft.resolve("adapter_config.json")).exists();
    assertThat(CommandRun.of("inspect", peft).out())
        .contains("format         peft", "128 modules, rank 4, alpha 4");
    CommandRun again = CommandRun.of("convert", adapter, "--format=peft", "--output_dir", peft);
    assertThat(again.code()).isEqualTo(2);
    assertThat(again.err()).contains("is there already; add --overwrite");
  }

  @Test
  void valuesAreStoredInThePrecisionThatIsAskedFor() throws IOException {
    Path adapter = Path.of("src/test/resources/adapters/pytorch_lora_weights.bin");
    Path whole = folder.resolve("whole.safetensors");
    Path half = folder.resolve("half.safetensors");
    CommandRun.of("convert", adapter, "--format=kohya", "--output_file", whole);
    CommandRun run =
        CommandRun.of(
            "convert", adapter, "--format=kohya", "--save_precision=fp16", "--output_file", half);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.size(half)).isLessThan(Files.size(whole) * 2 / 3);
    List<AdaptedModule> exact = AdapterFile.read(whole).adapter().modules();
    List<AdaptedModule> rounded = AdapterFile.read(half).adapter().modules();
    for (int i = 0; i < exact.size(); i++) {
      assertThat(rounded.get(i).alpha()).isEqualTo(exact.get(i).alpha());
      float[] down = exact.get(i).down();
      for (int j = 0; j < down.length; j++) {
        assertThat(rounded.get(i).down()[j])
            .isCloseTo(down[j], within(Math.abs(down[j]) * 0x1p-11f + 0x1p-25f));
      }
    }
    CommandRun torch =
        CommandRun.of(
            "convert",
            adapter,
            "--format=kohya-pt",
            "--save_precision=bf16",
            "--output_file",
            folder.resolve("x.pt"));
    assertThat(torch.code()).isEqualTo(2);
    assertThat(torch.err()).contains("Unsupported --save_precision bf16 in format kohya-pt");
  }

  @Test
  void theAdapterOfARunIsNotReplaced() throws IOException {
    Path adapter = Path.of("src/test/resources/adapters/pytorch_lora_weights.bin");
    Path run = Files.createDirectory(folder.resolve("run"));
    Path its = Files.writeString(run.resolve("pytorch_lora_weights.safetensors"), "the run's");
    Files.createDirectories(run.resolve(OutputLease.FOLDER));
    CommandRun refused =
        CommandRun.of("convert", adapter, "--format=diffusers", "--output_dir", run, "--overwrite");
    assertThat(refused.code()).isEqualTo(2);
    assertThat(refused.err()).contains("Invalid --output_dir: " + its + " is the adapter of a run");
    assertThat(its).hasContent("the run's");
    CommandRun beside =
        CommandRun.of(
            "convert", adapter, "--format=kohya", "--output_file", run.resolve("x.safetensors"));
    assertThat(beside.code()).as(beside.err()).isZero();
  }

  /** A and B of each module, to be compared bit by bit. */
  private static Map<String, List<FloatBuffer>> values(Path adapter) {
    Map<String, List<FloatBuffer>> values = new TreeMap<>();
    for (AdaptedModule module : AdapterFile.read(adapter).adapter().modules()) {
      values.put(
          module.network() + " " + module.name(),
          List.of(FloatBuffer.wrap(module.down()), FloatBuffer.wrap(module.up())));
    }
    return values;
  }

  @Test
  void ofUpdatesAndTokensAFolderForDiffusersAndAFileOfItAgain() {
    Path disney = Path.of("src/test/resources/adapters/lora_disney.safetensors");
    Path diffusers = folder.resolve("diffusers");
    CommandRun file =
        CommandRun.of("convert", disney, "--format=diffusers", "--output_file", diffusers);
    assertThat(file.code()).isEqualTo(2);
    assertThat(file.err())
        .contains("Unsupported in format diffusers: one file for what becomes")
        .contains("learned_embeds_1.safetensors and pytorch_lora_weights.safetensors");
    assertThat(diffusers).doesNotExist();
    CommandRun there =
        CommandRun.of("convert", disney, "--format=diffusers", "--output_dir", diffusers);
    assertThat(there.code()).as(there.err()).isZero();
    assertThat(diffusers.toFile().list())
        .contains(
            "pytorch_lora_weights.safetensors",
            "learned_embeds.safetensors",
            "learned_embeds_1.safetensors");
    Path again = folder.resolve("again.safetensors");
    CommandRun back =
        CommandRun.of("convert", diffusers, "--format=cloneofsimo", "--output_file", again);
    assertThat(back.code()).as(back.err()).isZero();
    assertThat(values(again)).isEqualTo(values(disney));
    assertThat(AdapterFile.read(again).adapter().tokens())
        .usingRecursiveComparison()
        .isEqualTo(AdapterFile.read(disney).adapter().tokens());
  }
}
