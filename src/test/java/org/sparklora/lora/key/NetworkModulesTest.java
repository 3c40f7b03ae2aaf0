package org.sparklora.lora.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.SafetensorsBytes;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.util.InvalidInputException;

/** What a key is read as is a layer that there is. */
class NetworkModulesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final String LAYER = "text_encoder.text_model.encoder.layers.0.self_attn.";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "sd15, unet/diffusion_pytorch_model, UNET", "sd2, unet/diffusion_pytorch_model, UNET",
    "sd15, text_encoder/model, TEXT_ENCODER", "sd2, text_encoder/model, TEXT_ENCODER"
  })
  void everyLayerOfRealNetworksIsKnown(String model, String file, Network network) {
    Path weights = GOLDEN.resolve(model).resolve("model").resolve(file + ".safetensors");
    try (TensorFile tensors = TensorFiles.open(weights, file)) {
      List<String> layers =
          tensors.tensors().values().stream()
              .filter(t -> t.shape().length > 1 && !t.name().contains("embeddings."))
              .map(t -> t.name().replaceFirst("\\.weight$", ""))
              .toList();
      assertThat(layers).hasSizeGreaterThan(10).allMatch(l -> NetworkModules.has(network, l));
    }
  }

  /** diffusers 0.15 and 0.16: four pairs under each projection, of which one was applied. */
  @Test
  void theOldestNamesOfATextEncoderMeanItsProjections() throws IOException {
    Path file = oldest(0).write(folder.resolve("oldest.safetensors"));
    assertThat(AdapterFile.read(file).adapter().modules().stream().map(AdaptedModule::name))
        .containsExactlyInAnyOrderElementsOf(
            Stream.of("q", "k", "v", "out")
                .map(p -> "text_model.encoder.layers.0.self_attn." + p + "_proj")
                .toList());
    assertThat(AdapterFile.read(file).adapter().modules())
        .allSatisfy(module -> assertThat(module.up()).containsOnly(3));
  }

  @Test
  void pairsThatWereNeverAppliedAreRefusedWhereTheyHoldSomething() throws IOException {
    Path file = oldest(1).write(folder.resolve("oldest.safetensors"));
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(LAYER + "q_proj.to_k_lora")
        .hasMessageContaining("a layer that no text encoder of Stable Diffusion has");
  }

  private static SafetensorsBytes oldest(float spare) {
    SafetensorsBytes file = new SafetensorsBytes();
    for (String place : List.of("q", "k", "v", "out")) {
      for (String projection : List.of("q", "k", "v", "out")) {
        String key = LAYER + place + "_proj.to_" + projection + "_lora.";
        file.add(key + "down.weight", new long[] {2, 4}, 1);
        file.add(key + "up.weight", new long[] {4, 2}, place.equals(projection) ? 3 : spare);
      }
    }
    return file;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "unet.mid_block.attentions.0.transformer_blocks.0.attn3.to_q.lora_%s.weight",
        "unet.down_blocks.0.conv.lora_%s.weight",
        "unet.down_blocks.0.attentions.0.transformer_blocks.0.norm1.lora_%s.weight",
        "unet.mid_block.downsamplers.0.conv.lora_%s.weight",
        "text_encoder.text_model.encoder.layers.0.self_attn.o_proj.lora_%s.weight",
        "text_encoder.text_model.encoder.layers.0.mlp.to_q.lora_%s.weight",
        "text_encoder.text_model.embeddings.token_embedding.lora_%s.weight",
        "base_model.model.down_blocks.0.resnets.0.conv3.lora_%s.weight",
      })
  void keysOfOtherLayersAreNamed(String key) throws IOException {
    Path file =
        new SafetensorsBytes()
            .add(key.formatted("A"), new long[] {2, 4}, 1)
            .add(key.formatted("B"), new long[] {4, 2}, 1)
            .write(folder.resolve("adapter_model.safetensors"));
    java.nio.file.Files.writeString(
        folder.resolve("adapter_config.json"), "{\"r\": 2, \"lora_alpha\": 2}");
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("not every tensor is understood")
        .hasMessageContaining(key.formatted("A"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "input_blocks_13_0_in_layers_2", "input_blocks_10_1_proj_in", "input_blocks_12_0_op",
        "output_blocks_12_0_in_layers_2", "output_blocks_11_2_conv", "output_blocks_3_1_conv",
        "output_blocks_9_2_proj_in", "middle_block_1_nonsense", "down_blocks_0_attn1_to_q"
      })
  void originalNamesOfLayersThatAreNotThereAreNamed(String name) throws IOException {
    String key = "lora_unet_" + name;
    Path file =
        new SafetensorsBytes()
            .add(key + ".lora_down.weight", new long[] {2, 4}, 1)
            .add(key + ".lora_up.weight", new long[] {4, 2}, 1)
            .write(folder.resolve("adapter.safetensors"));
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(key);
  }
}
