package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.combine.AdapterSum;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.util.InvalidInputException;

/** What is trained as LoHa or LoKr, written in LyCORIS' names and read back. */
class LycorisAdapterFileTest {
  private static final Map<String, long[]> WEIGHTS =
      Map.of(
          "mid_block.attentions.0.transformer_blocks.0.attn1.to_q.weight", new long[] {12, 8},
          "mid_block.attentions.0.proj_in.weight", new long[] {12, 8, 1, 1},
          "mid_block.resnets.0.conv1.weight", new long[] {12, 8, 3, 3});

  @TempDir private Path folder;

  private static LoraConfig config(Algo algo, boolean both, boolean full, boolean tucker) {
    return new LoraConfig(2, 3, 0, false, List.of("to_q", "proj_in", "conv1"))
        .with(new LycorisConfig(algo, 2, both, full, tucker));
  }

  private Path write(AdapterLayout layout, LoraConfig config, float[] values) throws IOException {
    Path file = folder.resolve("adapter.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      new LycorisAdapterFile(layout, config)
          .tensors(values, Map.of("base_model_identity", "the base"))
          .writeSafetensors(out);
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource({
    "LOHA, false, false, false",
    "LOHA, false, false, true",
    "LOKR, false, false, false",
    "LOKR, true, false, true",
    "LOKR, false, true, false"
  })
  void theUpdateThatIsReadIsTheOneThatWasTrained(
      Algo algo, boolean both, boolean full, boolean tucker) throws IOException {
    LoraConfig config = config(algo, both, full, tucker);
    AdapterLayout layout = AdapterLayout.of(WEIGHTS, config);
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < values.length; i++) {
      values[i] = ((i * 29 + i / 7) % 61 - 30) / 40f;
    }
    AdapterFile read = AdapterFile.read(write(layout, config, values));
    assertThat(read.format()).isEqualTo(AdapterFormat.KOHYA);
    assertThat(read.adapter().metadata())
        .containsEntry("base_model_identity", "the base")
        .containsEntry("ss_network_module", "lycoris.kohya");
    List<AdaptedModule> trained = layout.adapter(values).modules();
    assertThat(read.adapter().modules()).hasSize(3);
    for (AdaptedModule expected : trained) {
      AdaptedModule module =
          read.adapter().modules().stream()
              .filter(other -> other.name().equals(expected.name()))
              .findFirst()
              .orElseThrow();
      assertThat(module.scale()).isCloseTo(expected.scale(), within(1e-7));
      assertThat(module.down()).isEqualTo(expected.down());
      assertThat(module.up()).isEqualTo(expected.up());
      assertThat(expected.fits(12, expected.name().endsWith("conv1") ? 72 : 8)).isTrue();
    }
    AdapterSum.Part whole = new AdapterSum.Part("a", read.adapter(), 1);
    assertThat(AdapterSum.of(List.of(whole)).modules()).hasSize(3);
  }

  @Test
  void aLayerThatLycorisCannotNameIsRefusedBeforeItIsTrained() {
    LoraConfig config = config(Algo.LOHA, false, false, false).withTargets(List.of("to_x"));
    AdapterLayout layout =
        AdapterLayout.of(Map.of("strange.to_x.weight", new long[] {4, 4}), config);
    assertThatThrownBy(() -> new LycorisAdapterFile(layout, config).requireNames())
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Unsupported --algo: LyCORIS' names cannot say strange.to_x");
  }
}
