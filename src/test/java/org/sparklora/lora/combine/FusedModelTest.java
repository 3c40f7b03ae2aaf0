package org.sparklora.lora.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.SmallAdapters;
import org.sparklora.lora.TestModules;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.StagedOutput;
import org.sparklora.model.tokenizer.ClipTokenizer;
import org.sparklora.util.InvalidInputException;

@Tag("long")
class FusedModelTest {
  private static final Configuration HADOOP = new Configuration(false);

  @TempDir private Path folder;

  @Test
  void copiesEverythingElseByteByByte() throws IOException {
    Path out = folder.resolve("out");
    fuse(SmallAdapters.base(), SmallAdapters.random(2, 2, 1), out);
    List<String> different = new ArrayList<>();
    for (String file : files(SmallAdapters.BASE)) {
      if (Files.mismatch(SmallAdapters.BASE.resolve(file), out.resolve(file)) != -1) {
        different.add(file);
      }
    }
    assertThat(files(out)).isEqualTo(files(SmallAdapters.BASE));
    assertThat(different)
        .containsExactly(
            "text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors");
    assertThat(folder).isDirectoryNotContaining(path -> !path.equals(out));
  }

  @Test
  void addsTheUpdatesAndRoundsOnceToTheStoredType() throws IOException {
    Path out = folder.resolve("out");
    Adapter adapter = SmallAdapters.random(3, 2, 1);
    fuse(SmallAdapters.base(), adapter, out);
    for (String component : List.of("unet", "text_encoder")) {
      try (TensorFile before = SmallAdapters.base().weights(component);
          TensorFile after = open(out).weights(component)) {
        assertThat(after.tensors().keySet()).isEqualTo(before.tensors().keySet());
        for (TensorInfo tensor : before.tensors().values()) {
          assertThat(after.tensors().get(tensor.name()).type()).isEqualTo(TensorType.F16);
          checkValues(adapter, tensor.name(), before, after);
        }
      }
    }
  }

  private static void checkValues(
      Adapter adapter, String tensor, TensorFile before, TensorFile after) {
    Optional<AdaptedModule> module =
        adapter.modules().stream().filter(m -> tensor.equals(m.name() + ".weight")).findFirst();
    if (module.isEmpty()) {
      assertThat(after.data(tensor)).as(tensor).isEqualTo(before.data(tensor));
      return;
    }
    double[][] update = TestModules.dense(module.get());
    float[] old = TensorFloats.read(before, tensor);
    float[] now = TensorFloats.read(after, tensor);
    int wrong = 0;
    for (int i = 0; i < old.length; i++) {
      double exact = old[i] + update[i / update[0].length][i % update[0].length];
      // Half a step of fp16 at this number, and what fp64 may have rounded.
      double half = Math.max(Math.scalb(1.0, Math.getExponent(exact) - 11), 0x1p-25);
      wrong += Math.abs(now[i] - exact) <= half * (1 + 1e-9) ? 0 : 1;
    }
    assertThat(wrong).as(tensor).isZero();
  }

  @Test
  void namesWhatDoesNotFit() {
    Adapter other =
        TestModules.adapter(
            TestModules.linear("down_blocks.9.attentions.0.proj_in", 320, 320, 4, 4, 1));
    assertThatThrownBy(() -> FusedModel.of(SmallAdapters.base(), other, Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("1 of its 1 modules do not fit")
        .hasMessageContaining("down_blocks.9");
    Adapter wide =
        new Adapter(
            List.of(), List.of(new LearnedToken("<s>", new float[][] {new float[768]})), Map.of());
    assertThatThrownBy(() -> FusedModel.of(SmallAdapters.base(), wide, Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("<s> has 768 values")
        .hasMessageContaining("96");
    Adapter known =
        new Adapter(
            List.of(), List.of(new LearnedToken("a", new float[][] {new float[96]})), Map.of());
    assertThatThrownBy(
            () -> {
              fuse(SmallAdapters.base(), known, folder.resolve("known"));
              FusedModel.of(open(folder.resolve("known")), known, Map.of());
            })
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("\"a\" is in the tokenizer already");
  }

  @Test
  void addsLearnedTokensToTokenizerAndEmbedding() throws IOException {
    Path out = folder.resolve("out");
    float[] vector = new float[96];
    vector[5] = 0.25f;
    LearnedToken cat = new LearnedToken("<Cat>", new float[][] {vector, vector});
    fuse(SmallAdapters.base(), new Adapter(List.of(), List.of(cat), Map.of()), out);
    ModelFolder model = open(out);
    ClipTokenizer tokenizer = ClipTokenizer.load(model, "tokenizer");
    assertThat(tokenizer.ids("a <cat>")).containsExactly(49406, 320, 49408, 49407);
    assertThat(tokenizer.id("<Cat>_1")).contains(49409);
    assertThat(model.config("text_encoder").get("vocab_size").asInt()).isEqualTo(49410);
    String name = "text_model.embeddings.token_embedding.weight";
    try (TensorFile text = model.weights("text_encoder")) {
      assertThat(text.tensors().get(name).shape()).containsExactly(49410, 96);
      float[] rows = TensorFloats.read(text, name);
      assertThat(rows[49409 * 96 + 5]).isEqualTo(0.25f);
      assertThat(rows[49409 * 96 + 6]).isZero();
    }
    assertThat(
            Files.mismatch(
                out.resolve("unet/diffusion_pytorch_model.safetensors"),
                SmallAdapters.BASE.resolve("unet/diffusion_pytorch_model.safetensors")))
        .isEqualTo(-1);
  }

  @Test
  void refusesAWeightBeyondTheStoredTypesRange() {
    Adapter huge = SmallAdapters.random(2, 1e9, 1);
    assertThatThrownBy(() -> fuse(SmallAdapters.base(), huge, folder.resolve("out")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("beyond F16");
    assertThat(folder).isEmptyDirectory();
  }

  /** Needs Python with diffusers, PEFT and torch; SPARK_LORA_PYTHON names it. */
  @Test
  void isWhatDiffusersFuses() throws Exception {
    ReferencePython.required();
    Adapter one = SmallAdapters.random(3, 2, 1);
    Adapter other = SmallAdapters.random(5, 5, 2);
    Path first = folder.resolve("one.safetensors");
    Path second = folder.resolve("other.safetensors");
    AdapterFormat.DIFFUSERS.write(one, first);
    AdapterFormat.DIFFUSERS.write(other, second);
    run(
        "fuse",
        SmallAdapters.BASE.toString(),
        folder.toString(),
        first.toString(),
        "0.8",
        second.toString(),
        "-0.5");
    Adapter sum =
        AdapterSum.of(
            List.of(
                new AdapterSum.Part("one", one, 0.8), new AdapterSum.Part("other", other, -0.5)));
    float[] vector = new float[96];
    vector[1] = 3;
    LearnedToken cat = new LearnedToken("<cat>", new float[][] {vector, vector});
    Path ours = folder.resolve("ours");
    fuse(open(folder.resolve("base")), new Adapter(sum.modules(), List.of(cat), Map.of()), ours);
    String printed = run("compare", ours.toString(), folder.resolve("fused").toString(), "<cat>");
    printed
        .lines()
        .filter(line -> line.matches("(unet|text_encoder) .*"))
        .forEach(System.out::println);
    assertThat(value(printed, "unet ")).isLessThan(1e-6);
    assertThat(value(printed, "text_encoder ")).isLessThan(1e-6);
    assertThat(printed).contains("<cat> [49408] 3.0").contains("prompt a <cat> <cat>_1 5");
  }

  /** Needs Python with diffusers, PEFT and torch; SPARK_LORA_PYTHON names it. */
  @Test
  void isWhatDiffusersFusesOfDora() throws Exception {
    ReferencePython.required();
    Adapter dora = SmallAdapters.dora(SmallAdapters.random(3, 2, 1), 4);
    Path file = folder.resolve("dora.safetensors");
    AdapterFormat.DIFFUSERS.write(dora, file);
    String base = SmallAdapters.BASE.toString();
    run("fuse", base, folder.toString(), file.toString(), "0.8");
    Adapter weighted = AdapterSum.of(List.of(new AdapterSum.Part("dora", dora, 0.8)));
    Path ours = folder.resolve("ours");
    fuse(open(folder.resolve("base")), weighted, ours);
    String printed = run("compare", ours.toString(), folder.resolve("fused").toString());
    assertThat(value(printed, "unet ")).isLessThan(1e-6);
    assertThat(value(printed, "text_encoder ")).isLessThan(1e-6);
  }

  private static double value(String printed, String label) {
    return printed
        .lines()
        .filter(line -> line.startsWith(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(label.length())))
        .findFirst()
        .orElseThrow();
  }

  private static String run(Object... arguments) {
    return ReferencePython.run("fuse_lora.py", arguments);
  }

  private static void fuse(ModelFolder base, Adapter adapter, Path out) throws IOException {
    try (StagedOutput staged = StagedOutput.open(out.toUri().toString(), HADOOP)) {
      FusedModel.of(base, adapter, Map.of("merged_adapters", "[]")).writeTo(staged, file -> {});
      staged.commit();
    }
  }

  private static ModelFolder open(Path path) {
    return ModelFolder.open(path.toString(), HADOOP, Optional.empty());
  }

  private static List<String> files(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile)
          .map(file -> root.relativize(file).toString())
          .sorted()
          .toList();
    }
  }
}
