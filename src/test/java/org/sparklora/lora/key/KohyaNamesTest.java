package org.sparklora.lora.key;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.key.StableDiffusionLayout.Group;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.Network;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.folder.ModelFolder;

class KohyaNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "src/quickstart/base-model",
        "src/test/resources/golden/sd15/model",
        "src/test/resources/golden/sd2/model"
      })
  void everyLayerOfANetworkIsFoundAgain(String model) {
    ModelFolder folder = ModelFolder.open(model, new Configuration(false), Optional.empty());
    assertFoundAgain(Network.UNET, folder.weights("unet"));
    assertFoundAgain(Network.TEXT_ENCODER, folder.weights("text_encoder"));
  }

  private static void assertFoundAgain(Network network, TensorFile weights) {
    try (weights) {
      weights.tensors().values().stream()
          .filter(t -> t.name().endsWith(".weight") && t.shape().length > 1)
          .map(t -> t.name().substring(0, t.name().length() - ".weight".length()))
          .filter(name -> !name.contains("_embedding") || name.startsWith("time_"))
          .forEach(
              name ->
                  assertThat(
                          KohyaNames.module(
                              ModelFamily.STABLE_DIFFUSION, network, name.replace('.', '_')))
                      .contains(name));
    }
  }

  @Test
  void everyLayerOfStableDiffusionIsFoundAgain() {
    assertThat(StableDiffusionLayout.unet(Set.of(Group.values())))
        .hasSize(16 * 9 + 22 * 3 + 14)
        .allSatisfy(
            layer ->
                assertThat(
                        KohyaNames.module(
                            ModelFamily.STABLE_DIFFUSION,
                            Network.UNET,
                            layer.name().replace('.', '_')))
                    .contains(layer.name()));
  }

  @ParameterizedTest
  @CsvSource({
    "input_blocks_0_0, conv_in",
    "input_blocks_2_0_in_layers_2, down_blocks.0.resnets.1.conv1",
    "input_blocks_3_0_op, down_blocks.0.downsamplers.0.conv",
    "input_blocks_4_1_transformer_blocks_1_attn2_to_k,"
        + " down_blocks.1.attentions.0.transformer_blocks.1.attn2.to_k",
    "input_blocks_8_1_transformer_blocks_9_ff_net_0_proj,"
        + " down_blocks.2.attentions.1.transformer_blocks.9.ff.net.0.proj",
    "middle_block_1_transformer_blocks_9_attn1_to_out_0,"
        + " mid_block.attentions.0.transformer_blocks.9.attn1.to_out.0",
    "output_blocks_2_2_conv, up_blocks.0.upsamplers.0.conv",
    "output_blocks_0_1_proj_in, up_blocks.0.attentions.0.proj_in",
    "output_blocks_5_2_conv, up_blocks.1.upsamplers.0.conv",
    "output_blocks_8_0_skip_connection, up_blocks.2.resnets.2.conv_shortcut",
    "label_emb_0_0, add_embedding.linear_1",
    "label_emb_0_2, add_embedding.linear_2",
    "out_2, conv_out",
  })
  void originalNamesOfSdxlLeadThereAndBack(String original, String diffusers) {
    ModelFamily xl = ModelFamily.STABLE_DIFFUSION_XL;
    assertThat(KohyaNames.module(xl, Network.UNET, original)).contains(diffusers);
    assertThat(KohyaNames.of(xl, Network.UNET, diffusers)).isEqualTo("lora_unet_" + original);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "input_blocks_1_1_proj_in", "input_blocks_9_0_op", "output_blocks_2_1_conv",
        "output_blocks_8_2_conv", "output_blocks_6_1_proj_in", "input_blocks_10_0_in_layers_2"
      })
  void originalNamesThatSdxlHasNotAreNotRead(String original) {
    assertThat(KohyaNames.module(ModelFamily.STABLE_DIFFUSION_XL, Network.UNET, original))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "input_blocks_0_0, conv_in",
    "input_blocks_1_0_in_layers_2, down_blocks.0.resnets.0.conv1",
    "input_blocks_1_1_transformer_blocks_0_attn1_to_q,"
        + " down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
    "input_blocks_3_0_op, down_blocks.0.downsamplers.0.conv",
    "input_blocks_4_0_skip_connection, down_blocks.1.resnets.0.conv_shortcut",
    "input_blocks_8_1_proj_out, down_blocks.2.attentions.1.proj_out",
    "input_blocks_11_0_out_layers_3, down_blocks.3.resnets.1.conv2",
    "middle_block_0_emb_layers_1, mid_block.resnets.0.time_emb_proj",
    "middle_block_1_transformer_blocks_0_ff_net_2,"
        + " mid_block.attentions.0.transformer_blocks.0.ff.net.2",
    "middle_block_2_in_layers_2, mid_block.resnets.1.conv1",
    "output_blocks_2_1_conv, up_blocks.0.upsamplers.0.conv",
    "output_blocks_3_1_proj_in, up_blocks.1.attentions.0.proj_in",
    "output_blocks_8_2_conv, up_blocks.2.upsamplers.0.conv",
    "output_blocks_11_1_transformer_blocks_0_attn2_to_out_0,"
        + " up_blocks.3.attentions.2.transformer_blocks.0.attn2.to_out.0",
    "time_embed_0, time_embedding.linear_1",
    "time_embed_2, time_embedding.linear_2",
    "out_2, conv_out",
  })
  void originalNamesAreUnderstood(String original, String diffusers) {
    assertThat(KohyaNames.module(ModelFamily.STABLE_DIFFUSION, Network.UNET, original))
        .contains(diffusers);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "down_blocks_",
        "down_blocks__0",
        "blocks_0",
        "out_3",
        "input_blocks_0_1_conv",
        "in_layers_2",
        "middle_block_3_proj_in",
        "down_blocks_99999_conv",
        "label_emb_0_0"
      })
  void otherNamesAreNotGuessed(String name) {
    assertThat(KohyaNames.module(ModelFamily.STABLE_DIFFUSION, Network.UNET, name)).isEmpty();
  }
}
