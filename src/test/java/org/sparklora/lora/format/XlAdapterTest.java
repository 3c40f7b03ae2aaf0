package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.LearnedToken;
import org.sparklora.lora.combine.FusedModel;
import org.sparklora.model.Network;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.InvalidInputException;

/** Adapters of SDXL: three networks, and tokens in two tables. */
class XlAdapterTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");
  private static final String UNET = "unet.down_blocks.1.attentions.0.transformer_blocks.";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"diffusers", "diffusers-bin", "kohya", "kohya-pt", "peft"})
  void everyNetworkIsReadAsItWasWritten(String label) throws IOException {
    Adapter adapter = golden();
    AdapterFormat format = Adapters.format(label);
    format.write(adapter, folder);
    Adapter read =
        AdapterFile.read(format.isFolder() ? folder : folder.resolve(format.fileName())).adapter();
    assertThat(read.modules()).hasSameSizeAs(adapter.modules());
    for (AdaptedModule module : adapter.modules()) {
      assertThat(read.modules())
          .anySatisfy(
              same -> {
                assertThat(same.network()).isEqualTo(module.network());
                assertThat(same.name()).isEqualTo(module.name());
                assertThat(same.scale()).isEqualTo(module.scale());
                assertThat(same.down()).isEqualTo(module.down());
                assertThat(same.up()).isEqualTo(module.up());
              });
    }
  }

  @Test
  void olderFormatsRefuseASecondTextEncoder() {
    for (AdapterFormat format : List.of(AdapterFormat.CLONEOFSIMO, AdapterFormat.CLONEOFSIMO_PT)) {
      assertThatThrownBy(() -> format.files(golden()))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining("it has no names for a second text encoder");
    }
  }

  @Test
  void aTokenHasRowsForBothTextEncodersInOneFile() throws IOException {
    LearnedToken first = new LearnedToken("<toy>", new float[][] {{1, 2}, {3, 4}});
    LearnedToken second =
        new LearnedToken("<toy>", Network.TEXT_ENCODER_2, new float[][] {{5, 6, 7}, {8, 9, 10}});
    Adapter adapter = new Adapter(List.of(), List.of(first, second), Map.of());
    AdapterFormat.TEXTUAL_INVERSION.write(adapter, folder);
    Adapter read =
        AdapterFile.read(folder.resolve(AdapterFormat.TEXTUAL_INVERSION.fileName())).adapter();
    assertThat(read.tokens())
        .extracting(LearnedToken::token, LearnedToken::encoder)
        .containsExactlyInAnyOrder(
            org.assertj.core.groups.Tuple.tuple("<toy>", Network.TEXT_ENCODER),
            org.assertj.core.groups.Tuple.tuple("<toy>", Network.TEXT_ENCODER_2));
    assertThat(read.tokens())
        .filteredOn(token -> token.encoder() == Network.TEXT_ENCODER_2)
        .singleElement()
        .satisfies(token -> assertThat(token.vectors()).isDeepEqualTo(second.vectors()));
  }

  @Test
  void aModelOfAnotherFamilySaysWhichIsWhich() {
    assertThatThrownBy(() -> FusedModel.of(model("sd15"), golden(), Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(
            "it is for Stable Diffusion XL, the base model is Stable Diffusion 1.x or 2.x");
    Adapter sd = Adapters.everyKind();
    assertThatThrownBy(() -> FusedModel.of(model("sdxl"), sd, Map.of()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(
            "it is for Stable Diffusion 1.x or 2.x, the base model is Stable Diffusion XL");
  }

  @Test
  void itFitsAModelOfItsFamily() {
    assertThat(FusedModel.of(model("sdxl"), golden(), Map.of()).changes())
        .containsOnlyKeys("unet", "text_encoder", "text_encoder_2");
  }

  /** Files that adapt SDXL's UNet, or its second text encoder, alone. */
  @ParameterizedTest
  @CsvSource({
    UNET + "0.attn2.to_k.lora_A.weight, 2048",
    UNET + "0.attn2.processor.to_k_lora.down.weight, 2048",
    "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_v.lora_down.weight, 2048",
    "lora_unet_input_blocks_4_1_transformer_blocks_1_attn1_to_q.lora_down.weight, 640",
    "lora_unet_middle_block_1_transformer_blocks_9_ff_net_0_proj.lora_down.weight, 1280",
    "lora_unet_output_blocks_0_1_proj_in.lora_down.weight, 1280",
    "unet.add_embedding.linear_1.lora_A.weight, 2816",
    "lora_unet_label_emb_0_0.lora_down.weight, 2816",
    "lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight, 1280",
    "text_encoder_2.text_model.encoder.layers.0.mlp.fc1.lora_A.weight, 1280",
  })
  void theirLayersAreRead(String down, int width) throws IOException {
    String up = down.replace("lora_A", "lora_B").replace("down.w", "up.w");
    Path file =
        new SafetensorsBytes()
            .add(down, new long[] {1, width}, 1)
            .add(up, new long[] {640, 1}, 1)
            .write(folder.resolve("adapter.safetensors"));
    assertThat(AdapterFile.read(file).adapter().modules()).hasSize(1);
  }

  private static Adapter golden() {
    return AdapterFile.read(GOLDEN.resolve("sdxl/adapter_start_text.safetensors")).adapter();
  }

  private static ModelFolder model(String name) {
    return ModelFolder.open(
        GOLDEN.resolve(name + "/model").toString(), new Configuration(false), Optional.empty());
  }
}
