package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.util.InvalidInputException;

/** What is not read is called what it is. */
class OtherFilesTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "unet.conv_in.hada_w2_b, LoHa",
    "unet.conv_in.lokr_w1, LoKr",
    "unet.conv_in.lora_mid.weight, Tucker",
    "lycoris_conv_in.oft_blocks, OFT in names of no program",
    "unet.conv_in.oft_R.weight, OFT in names of no program",
    "base_model.model.mid_block.attentions.0.proj_in.oft_r, OFT of PEFT before version 0.15",
    "base_model.model.mid_block.attentions.0.proj_in.boft_R, BOFT of PEFT",
    "lycoris_mid_block_attentions_0_proj_in.a1.weight, GLoRA in names of no program",
    "lora_unet_mid_block_attentions_0_proj_in.bm.weight, GLoRA with a core",
    "unet.conv_in.diff, weight differences",
    "lora_unet_conv_in.w_norm, weight differences",
    "lycoris_conv_in.on_input, IA3 in names of no program",
    "unet.conv_in.ia3_l, IA3 in names of no program",
    "unet.conv_in.lora_B.bias, LoRA with a bias",
    "lllite_unet_input_blocks_7_1.down.0.weight, ControlNet-LLLite",
    "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight, diffusion transformer",
    "model.diffusion_model.input_blocks.0.0.weight, a whole model in one file",
  })
  void adaptersOfOtherKindsSaySo(String key, String what) throws IOException {
    refused(
        new SafetensorsBytes()
            .add(key, new long[] {4, 2}, 1)
            .add("lora_unet_conv_in.alpha", new long[] {}, 1),
        what,
        key);
  }

  @ParameterizedTest
  @CsvSource({
    "down_blocks.0.resnets.0.conv1, the weights of a whole UNet",
    "text_model.encoder.layers.0.mlp.fc1, the weights of a whole text encoder",
    "decoder.conv_in, the weights of an autoencoder",
  })
  void networksSaySo(String layer, String what) throws IOException {
    refused(
        new SafetensorsBytes()
            .add(layer + ".weight", new long[] {4, 2}, 1)
            .add(layer + ".bias", new long[] {4}, 1),
        what,
        layer);
  }

  @ParameterizedTest
  @CsvSource({
    "'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n', Git LFS pointer",
    "<!DOCTYPE html><html><body>Not found</body></html>, HTML page",
  })
  void whatCameInAFilesPlaceSaysSo(String content, String what) throws IOException {
    for (String name : new String[] {"adapter.safetensors", "pytorch_lora_weights.bin"}) {
      Path file = Files.writeString(folder.resolve(name), content);
      assertThatThrownBy(() -> AdapterFile.read(file))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageContaining(what);
    }
  }

  /** Its vectors of all values look like learned tokens. */
  @Test
  void theStateOfAnOptimizerSaysSo() throws IOException {
    Path file = folder.resolve("optimizer.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .metadata("step", "3")
          .metadata("loss_scale", "1.0")
          .add("adapter", new long[] {96}, new float[96])
          .add("exp_avg", new long[] {96}, new float[96])
          .writeTo(out);
    }
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the optimizer's state in a checkpoint of a training");
  }

  /** Folders without an adapter say what they hold. */
  @ParameterizedTest
  @CsvSource({
    "'', it has no adapter file: it is empty",
    "'model_index.json,unet/x', it is a whole model",
    "'checkpoint-9/x,checkpoint-10/x,report.html', its last checkpoint is checkpoint-10: give that",
    "'a.safetensors,b.safetensors', 'it has a.safetensors, b.safetensors; name the file'",
    "'pictures.parquet', 'it has no adapter file, but pictures.parquet'",
  })
  void foldersSaySo(String files, String what) throws IOException {
    Path place = Files.createDirectories(folder.resolve("place"));
    for (String file : files.split(",", -1)) {
      if (!file.isEmpty()) {
        Files.createDirectories(place.resolve(file).getParent());
        Files.writeString(place.resolve(file), "x");
      }
    }
    assertThatThrownBy(() -> AdapterFile.read(place))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Missing adapter in folder " + place)
        .hasMessageContaining(what);
  }

  private void refused(SafetensorsBytes file, String what, String key) throws IOException {
    Path path = file.write(folder.resolve("other.safetensors"));
    assertThatThrownBy(() -> AdapterFile.read(path))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(what)
        .hasMessageContaining(key);
  }
}
