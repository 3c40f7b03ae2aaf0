package org.sparklora.lora.relative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.SmallAdapters;
import org.sparklora.lora.TestModules;
import org.sparklora.lora.combine.AdapterSum;
import org.sparklora.lora.combine.FusedModel;
import org.sparklora.lora.combine.RelativeChanges;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.StagedOutput;
import org.sparklora.pipeline.StableDiffusionPipeline;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * Adapters that depend on their base model, made by LyCORIS and PEFT, and the weights that these
 * merge them into (src/test/python/make_relative.py).
 */
class RelativeAdaptersTest {
  private static final Path FILES = Path.of("src/test/resources/relative");

  @TempDir private Path folder;

  private static Adapter read(String kind) {
    Path place = FILES.resolve(kind);
    return AdapterFile.read(kind.startsWith("peft") ? place : place.resolve("adapter.safetensors"))
        .requireFinite()
        .adapter();
  }

  /** The weights that the package merges into, by layer. */
  private static Map<String, float[]> merged(String kind) {
    Map<String, float[]> merged = new TreeMap<>();
    try (TensorFile file =
        TensorFiles.open(FILES.resolve(kind).resolve("merged.safetensors"), "merged")) {
      file.tensors().keySet().forEach(name -> merged.put(name, TensorFloats.read(file, name)));
    }
    return merged;
  }

  private static float[] weight(ModelFolder model, String layer) {
    String component = layer.startsWith("text_model") ? "text_encoder" : "unet";
    try (TensorFile file = model.weights(component)) {
      return TensorFloats.read(file, layer + ".weight");
    }
  }

  private static void requireEqual(String layer, double[] got, float[] wanted, double relative) {
    double largest = 0;
    for (float value : wanted) {
      largest = Math.max(largest, Math.abs(value));
    }
    assertThat(got).as(layer).hasSize(wanted.length);
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).as(layer + " " + i).isCloseTo(wanted[i], within(relative * largest));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lycoris", "kohya", "peft_oft", "peft_coft", "peft_ia3"})
  void mergedWeightsAreThoseOfTheirOwnPackage(String kind) {
    Adapter adapter = read(kind);
    Map<String, float[]> merged = merged(kind);
    assertThat(adapter.modules()).isEmpty();
    assertThat(adapter.relative()).hasSameSizeAs(merged.keySet());
    for (RelativeModule module : adapter.relative()) {
      float[] weight = weight(SmallAdapters.base(), module.name());
      float[] wanted = merged.get(module.name());
      double[] factored = new double[weight.length];
      Adapter one = new Adapter(List.of(), List.of(module), List.of(), Map.of());
      AdaptedModule lora = new RelativeChanges(SmallAdapters.base()).on(one).modules().get(0);
      double[][] update = TestModules.dense(lora);
      for (int i = 0; i < factored.length; i++) {
        factored[i] = weight[i] + update[i / update[0].length][i % update[0].length];
      }
      requireEqual(module.name(), factored, wanted, 1e-6);
    }
  }

  @Test
  void aGloraIsOfLowRankOnEveryBase() {
    Adapter lora = new RelativeChanges(SmallAdapters.base()).on(read("lycoris"));
    Map<String, Integer> ranks = new TreeMap<>();
    lora.modules().forEach(module -> ranks.put(module.name(), module.rank()));
    String block = "down_blocks.0.attentions.0.";
    assertThat(ranks)
        .containsEntry(block + "transformer_blocks.0.attn1.to_q", 4)
        .containsEntry(block + "proj_in", 6)
        .containsEntry("conv_in", 2 * 9 + 2)
        .containsEntry("text_model.encoder.layers.0.self_attn.q_proj", 96)
        .containsEntry(block + "transformer_blocks.0.attn1.to_k", 64);
  }

  /** In fp64, rounded once to the fp16 of the base model; also with a LoRA of the same layers. */
  @ParameterizedTest
  @ValueSource(strings = {"lycoris", "peft_ia3"})
  @Tag("long")
  void aMergedModelHasTheseWeights(String kind) throws IOException {
    Adapter lora = SmallAdapters.random(2, 2, 1);
    Adapter sum =
        AdapterSum.of(
            List.of(
                new AdapterSum.Part("relative", read(kind), 1),
                new AdapterSum.Part("lora", lora, 0.5)));
    fuse(read(kind), folder.resolve("alone"));
    fuse(sum, folder.resolve("both"));
    ModelFolder base = SmallAdapters.base();
    for (Map.Entry<String, float[]> layer : merged(kind).entrySet()) {
      float[] wanted = layer.getValue();
      requireEqual(layer.getKey(), doubles(weight(open("alone"), layer.getKey())), wanted, 0x1p-11);
      Optional<AdaptedModule> beside =
          lora.modules().stream().filter(m -> m.name().equals(layer.getKey())).findFirst();
      if (beside.isPresent()) {
        double[][] update = TestModules.dense(beside.get());
        float[] both = new float[wanted.length];
        for (int i = 0; i < both.length; i++) {
          both[i] = (float) (wanted[i] + 0.5 * update[i / update[0].length][i % update[0].length]);
        }
        requireEqual(layer.getKey(), doubles(weight(open("both"), layer.getKey())), both, 0x1p-11);
      }
    }
    assertThat(weight(open("alone"), "time_embedding.linear_1"))
        .isEqualTo(weight(base, "time_embedding.linear_1"));
  }

  private static double[] doubles(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static void fuse(Adapter adapter, Path out) throws IOException {
    try (StagedOutput staged =
        StagedOutput.open(out.toUri().toString(), new Configuration(false))) {
      FusedModel.of(SmallAdapters.base(), adapter, Map.of()).writeTo(staged, file -> {});
      staged.commit();
    }
  }

  private ModelFolder open(String name) {
    return ModelFolder.open(
        folder.resolve(name).toString(), new Configuration(false), Optional.empty());
  }

  /** Drawing computes with the same change: half of it at half the weight. */
  @Test
  void drawingUsesTheSameChange() {
    Map<String, float[]> merged = merged("lycoris");
    try (Ops ops = Ops.open(Device.cpu(), 1);
        StableDiffusionPipeline pipeline =
            StableDiffusionPipeline.load(
                SmallAdapters.base(), ops, Precision.FP32, AttentionKernel.DEFAULT)) {
      pipeline.add(read("lycoris"), 0.5, true);
      merged.forEach(
          (name, wanted) -> {
            if (!name.startsWith("text_model")) {
              float[] base = weight(SmallAdapters.base(), name);
              float[] half = new float[base.length];
              for (int i = 0; i < half.length; i++) {
                half[i] = (base[i] + wanted[i]) / 2;
              }
              float[] now = pipeline.unet().layers().get(name).weight().toFloatArray();
              requireEqual(name, doubles(now), half, 1e-6);
            }
          });
    }
  }

  @Test
  void whatDoesNotFitTheBaseModelIsNamed() {
    Adapter adapter = read("kohya");
    List<RelativeModule> elsewhere = new ArrayList<>();
    adapter
        .relative()
        .forEach(
            m ->
                elsewhere.add(
                    new RelativeModule(
                        Network.UNET, m.name().replace("attn1", "attn3"), m.update(), 1)));
    Adapter other = new Adapter(List.of(), elsewhere, List.of(), Map.of());
    Refused.require(
        () -> new RelativeChanges(SmallAdapters.base()).on(other),
        "3 of its 3 modules do not fit the base model",
        "attn3.to_k with OFT of 4 blocks of 16");
    Refused.require(
        () -> FusedModel.of(SmallAdapters.base(), other, Map.of()), "3 of its 3 modules do not");
  }

  /** PEFT's IA3 of outputs scales a bias, too. */
  @Test
  void aScaledBiasIsRefused() {
    Adapter scaled =
        new Adapter(
            List.of(),
            List.of(
                new RelativeModule(
                    Network.TEXT_ENCODER,
                    "text_model.encoder.layers.0.self_attn.q_proj",
                    new ChannelScale(new double[96], false, true),
                    1)),
            List.of(),
            Map.of());
    Refused.require(
        () -> FusedModel.of(SmallAdapters.base(), scaled, Map.of()),
        "the IA3 of text_model.encoder.layers.0.self_attn.q_proj scales the outputs of a layer"
            + " with a bias");
  }

  @ParameterizedTest
  @CsvSource({"lycoris, 4 GLoRA", "kohya, 3 OFT", "peft_coft, 2 OFT", "peft_ia3, 3 IA3"})
  void theirKindsAreTold(String kind, String told) {
    assertThat(read(kind).metadata().get("modules_of_other_kinds")).contains(told);
  }
}
