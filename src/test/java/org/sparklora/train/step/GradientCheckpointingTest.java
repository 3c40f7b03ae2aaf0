package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.LoraConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.RandomUNet;

/** That a gradient has the same bits with and without checkpointing. */
@Tag("long")
class GradientCheckpointingTest {
  private static final List<String> EVERY_LAYER = List.of("re:.*");
  private static final AttentionKernel SDPA = AttentionKernel.DEFAULT;

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void ofStableDiffusion1(Precision precision) {
    assertSameBits(golden("sd15"), precision, SDPA, LoraConfig.ATTENTION, 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void ofStableDiffusion2(Precision precision) {
    assertSameBits(golden("sd2"), precision, SDPA, LoraConfig.ATTENTION, 0);
  }

  @Test
  void ofEveryKernel() {
    for (AttentionKernel kernel :
        List.of(new AttentionKernel.Plain(), new AttentionKernel.Sliced(1))) {
      assertSameBits(golden("sd15"), Precision.FP32, kernel, LoraConfig.ATTENTION, 0);
    }
  }

  /** With convolutions and what makes the time embedding, under dropout. */
  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void ofEveryLayerUnderDropout(Precision precision) {
    assertSameBits(golden("sd15"), precision, SDPA, EVERY_LAYER, 0.1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"re:up_blocks.1.*to_q", "re:mid_block.*", "re:conv_out", "re:.*time_emb_proj"})
  void ofAdaptersOnAPartAlone(String targets) {
    assertSameBits(golden("sd15"), Precision.FP32, SDPA, List.of(targets), 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"resnet_time_scale_shift\": \"scale_shift\"",
        "\"mid_block_type\": \"UNetMidBlock2D\"",
        "\"center_input_sample\": true",
        "\"cross_attention_type\": \"multi_query\""
      })
  void ofEveryVariant(String setting) throws IOException {
    Files.createDirectories(folder.resolve("unet"));
    String config = Files.readString(golden("sd15").resolve("unet/config.json"));
    String key = setting.substring(0, setting.indexOf(':'));
    Files.writeString(
        folder.resolve("unet/config.json"),
        config.replaceAll(key + ": [^,\\n]*,", "").replaceFirst("\\{", "{" + setting + ","));
    Files.copy(golden("sd15").resolve("model_index.json"), folder.resolve("model_index.json"));
    assertSameBits(folder, Precision.FP32, SDPA, EVERY_LAYER, 0);
  }

  private static Path golden(String name) {
    return Path.of("src/test/resources/golden", name, "model");
  }

  private static void assertSameBits(
      Path model,
      Precision precision,
      AttentionKernel kernel,
      List<String> targets,
      double dropout) {
    LoraConfig lora = new LoraConfig(4, 8, dropout, false, targets);
    try (Ops ops = Ops.open(Device.cpu(), 1);
        RandomUNet network = new RandomUNet(ops, model, precision, kernel, lora)) {
      // Odd sizes on the way down: upsampling must look at the skip connection.
      MicroBatchGradient kept = network.gradient(2, 10, false);
      MicroBatchGradient anew = network.gradient(2, 10, true);
      assertThat(GradientClipping.norm(kept.values())).isPositive();
      assertThat(anew.loss()).isEqualTo(kept.loss());
      assertThat(anew.values()).isEqualTo(kept.values());
      assertThat(network.gradient(2, 10, true).values()).isEqualTo(kept.values());
    }
  }
}
