package org.sparklora.lora.relative;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.AdapterStart;
import org.sparklora.lora.combine.RankReduction;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.lora.format.AdapterFormat;
import org.sparklora.lora.format.SafetensorsBytes;

/** Files of GLoRA, OFT and IA3 that are not whole, and uses without a base model. */
class HostileRelativeTest {
  private static final String LYCORIS = "lora_unet_conv_in";
  private static final String PEFT = "base_model.model.conv_in";

  @TempDir private Path folder;

  /** Tensors {@code name:sizes:value}, each value throughout. */
  private Path file(String layer, String tensors) throws IOException {
    SafetensorsBytes bytes = new SafetensorsBytes();
    for (String tensor : tensors.split(" ", -1)) {
      String[] parts = tensor.split(":", -1);
      String[] sizes = parts[1].isEmpty() ? new String[0] : parts[1].split("x", -1);
      long[] shape = new long[sizes.length];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = Long.parseLong(sizes[i]);
      }
      String name = parts[0].startsWith("oft_unet") ? parts[0] : layer + "." + parts[0];
      bytes.add(name, shape, Float.parseFloat(parts[2]));
    }
    return bytes.write(folder.resolve("adapter_model.safetensors"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a1.weight:4x2:1 a2.weight:2x4:1 b1.weight:8x2:1 | has not all tensors of a GLoRA
          a1.weight:4x2:1 a2.weight:3x4:1 b1.weight:8x2:1 b2.weight:2x4:1 | are not factors of one
          a1.weight:4:1 a2.weight:3x4:1 b1.weight:8x2:1 b2.weight:2x4:1 | is not a factor of a GLoRA
          a1.weight:0x2:1 a2.weight:2x0:1 b1.weight:8x2:1 b2.weight:2x4:1 | has no values
          a1.weight:4x2:1 a2.weight:2x4:1 b1.weight:8x2:1 b2.weight:2x4:1 alpha::NaN | alpha of conv_in is NaN
          a1.weight:4x2:1 a2.weight:2x4:1 b1.weight:8x2:1 b2.weight:2x4:1 alpha:2:1 | is not a single number
          a1.weight:4x2:1 a2.weight:2x4:1 b1.weight:8x2:1 b2.weight:2x4:NaN | values that are not finite
          a1.weight:4x2:1 a2.weight:2x4:1 b1.weight:8x2:1 b2.weight:2x4:1 lora_up.weight:8x2:1 | lora_up.weight is not a tensor of a GLoRA
          oft_blocks:4x2x3:0 | is not square blocks of an OFT
          oft_blocks:4x2:0 | is not square blocks of an OFT
          oft_blocks:4x2x2:Infinity | values that are not finite
          oft_blocks:4x2x2:0 rescale:7x1:1 | is not a factor for each output
          oft_blocks:4x2x2:0 rescale:2x4:1 | is not one number for each input or output
          oft_blocks:4x2x2:0 alpha::NaN | it is the constraint of an OFT
          oft_blocks:4x2x2:0 alpha::-1 | it is the constraint of an OFT
          oft_blocks:4x2x2:0 oft_unet_conv_in.alpha::Infinity | it is the constraint of an OFT
          rescale:8x1:1 | has no blocks of an OFT
          weight:8:1 | has not all tensors of an IA3
          weight:8:1 on_input::2 | it is 1 for factors of inputs
          weight:2x4:1 on_input::1 | is not one number for each input or output
          weight:8:NaN on_input::1 | values that are not finite
          bm.weight:2x2:1 | GLoRA with a core
          """)
  void brokenFilesOfLycorisAreRefused(String tensors, String message) throws IOException {
    Path broken = file(LYCORIS, tensors.strip());
    Refused.require(() -> AdapterFile.read(broken).requireFinite(), message.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          oft_R.weight:4x5:0 | {"peft_type": "OFT"} | is not triangles of blocks
          oft_R.weight:4x6:NaN | {"peft_type": "OFT"} | values that are not finite
          oft_R.weight:4x6:0 | {"peft_type": "IA3"} | is of OFT, and peft_type says another method
          oft_R.weight:4x6:0 | {"peft_type": "LORA", "r": 2, "lora_alpha": 2} | peft_type says another method
          oft_R.weight:4x6:0 | {"peft_type": "OFT", "num_cayley_neumann_terms": 0} | num_cayley_neumann_terms is 0
          oft_R.weight:4x6:0 | {"peft_type": "OFT", "coft": true, "eps": -1} | eps is -1
          oft_R.weight:4x6:0 | {"peft_type": "OFT", "coft": 3} | a switch is 3
          oft_r.weight:4x4x4:0 | {"peft_type": "OFT"} | OFT of PEFT before version 0.15
          boft_R:2x4x4x4:0 | {"peft_type": "BOFT"} | BOFT of PEFT
          lora_A.weight:2x4:0 lora_B.weight:4x2:0 | {"peft_type": "OFT"} | Unsupported peft_type
          ia3_l:2x4:1 | {"peft_type": "IA3"} | is not one number for each input or output
          ia3_l:1x4:1 | {"peft_type": "IA3", "feedforward_modules": ".*"} | only a list of names
          ia3_l:1x4:1 | {"peft_type": "IA3", "feedforward_modules": [1]} | feedforward_modules is 1
          """)
  void brokenFilesOfPeftAreRefused(String tensors, String config, String message)
      throws IOException {
    file(PEFT, tensors);
    Files.writeString(folder.resolve("adapter_config.json"), config);
    Refused.require(() -> AdapterFile.read(folder).requireFinite(), message);
  }

  @Test
  void whatNeedsABaseModelSaysSo() throws IOException {
    Path file = file(LYCORIS, "weight:8:0.1 on_input::0");
    Adapter adapter = AdapterFile.read(file).requireFinite().adapter();
    Refused.require(
        () -> AdapterFormat.KOHYA.files(adapter),
        "Unsupported without a base model: IA3, as of module conv_in",
        "convert it with --base=MODEL");
    Refused.require(
        () -> RankReduction.of(adapter, 2, done -> {}), "Unsupported --rank: module conv_in");
    Refused.require(() -> new AdapterStart(adapter), "Unsupported --init_lora: module conv_in");
  }
}
