package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

/** Tools write a module's alpha as a number of many types. */
class StoredAlphaTest {
  @TempDir private Path folder;

  @Test
  void diffusersExportOfAdapterAndTextEncoderIsReadAsStableDiffusion15() {
    AdapterFile file = AdapterFile.read(Adapters.real("kohya_by_diffusers_te1_sd15.safetensors"));
    assertThat(file.format()).isEqualTo(AdapterFormat.KOHYA);
    assertThat(file.adapter().modules())
        .hasSize(64)
        .allSatisfy(module -> assertThat(module.scale()).isEqualTo(1));
    assertThat(file.adapter().modules().stream().filter(m -> m.network() == Network.TEXT_ENCODER))
        .hasSize(8)
        .allSatisfy(module -> assertThat(module.name()).startsWith("text_model.encoder.layers."));
  }

  @ParameterizedTest
  @CsvSource({
    "I64, [], 8",
    "I64, [1], 8",
    "I32, [], 8",
    "I16, [1], 8",
    "I8, [], 8",
    "U8, [1;1], 8",
    "F64, [], 0.75",
    "F32, [1], 0.75",
    "F16, [], 0.75",
    "BF16, [], 0.75",
    "F32, [], -2",
    "I64, [], -2",
    "I64, [], 16777217"
  })
  void isReadWhateverItsType(String type, String shape, double alpha) throws IOException {
    AdaptedModule module = read(type, shape.replace(';', ','), alpha);
    assertThat(module.alpha()).isEqualTo(alpha);
    assertThat(module.scale()).isEqualTo(alpha / 2);
  }

  @Test
  void isTheRankWhereThereIsNone() throws IOException {
    Path file = updates().write(folder.resolve("none.safetensors"));
    assertThat(AdapterFile.read(file).adapter().modules().get(0).scale()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"F32, 0", "I64, 0", "F32, NaN", "F16, NaN", "F64, Infinity", "BF16, -Infinity"})
  void isRefusedWhereNoScaleFollows(String type, double alpha) {
    assertThatThrownBy(() -> read(type, "[]", alpha))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("alpha of conv_in is " + alpha)
        .hasMessageContaining("it must be a finite number other than zero");
  }

  @Test
  void isRefusedWhereItIsNoSingleNumber() {
    assertThatThrownBy(
            () -> write(updates().add("lora_unet_conv_in.alpha", "BOOL", "[]", new byte[] {1})))
        .hasMessageContaining("is not a single number");
    assertThatThrownBy(() -> write(updates().add("lora_unet_conv_in.alpha", new long[] {2}, 1)))
        .hasMessageContaining("is not a single number");
  }

  private AdaptedModule read(String type, String shape, double alpha) throws IOException {
    return write(updates().add("lora_unet_conv_in.alpha", type, shape, number(type, alpha)));
  }

  private AdaptedModule write(SafetensorsBytes file) throws IOException {
    return AdapterFile.read(file.write(folder.resolve("adapter.safetensors")))
        .adapter()
        .modules()
        .get(0);
  }

  private static SafetensorsBytes updates() {
    return new SafetensorsBytes()
        .add("lora_unet_conv_in.lora_down.weight", new long[] {2, 4, 3, 3}, 1)
        .add("lora_unet_conv_in.lora_up.weight", new long[] {8, 2, 1, 1}, 1);
  }

  private static byte[] number(String type, double value) {
    ByteBuffer bytes = SafetensorsBytes.bytes(8);
    switch (type) {
      case "I64" -> bytes.putLong((long) value);
      case "I32" -> bytes.putInt((int) value);
      case "I16" -> bytes.putShort((short) value);
      case "I8", "U8" -> bytes.put((byte) value);
      case "F64" -> bytes.putDouble(value);
      case "F32" -> bytes.putFloat((float) value);
      case "F16" -> bytes.putShort(Double.isNaN(value) ? 0x7E00 : (short) 0x3A00);
      default -> bytes.putShort((short) (Float.floatToIntBits((float) value) >> 16));
    }
    byte[] used = new byte[bytes.position()];
    bytes.flip().get(used);
    return used;
  }
}
