package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.key.KohyaNames;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.util.InvalidInputException;

/** Adapters that LyCORIS has written, and what they change by its own account. */
class LycorisAdaptersTest {
  private static final Path ADAPTERS = Path.of("src/test/resources/adapters");
  private static final Adapter READ =
      AdapterFile.read(ADAPTERS.resolve("lycoris.safetensors")).adapter();

  @TempDir private Path folder;

  /** {@code alpha / r B A}, row-major. */
  private static double[] update(AdaptedModule module) {
    int rank = module.rank();
    int inputs = module.down().length / rank;
    int outputs = module.up().length / rank;
    double[] update = new double[outputs * inputs];
    for (int row = 0; row < outputs; row++) {
      for (int r = 0; r < rank; r++) {
        double factor = module.scale() * module.up()[row * rank + r];
        for (int i = 0; i < inputs; i++) {
          update[row * inputs + i] += factor * module.down()[r * inputs + i];
        }
      }
    }
    return update;
  }

  private static void requireLycorisUpdates(Adapter adapter) {
    Map<String, AdaptedModule> modules = new HashMap<>();
    adapter
        .modules()
        .forEach(
            module ->
                modules.put(
                    KohyaNames.of(ModelFamily.STABLE_DIFFUSION, module.network(), module.name()),
                    module));
    try (TensorFile expected =
        TensorFiles.open(ADAPTERS.resolve("lycoris_updates.safetensors"), "updates")) {
      assertThat(modules).hasSize(16).containsOnlyKeys(expected.tensors().keySet());
      modules.forEach(
          (name, module) -> {
            float[] wanted = TensorFloats.read(expected, name);
            double[] got = update(module);
            double largest = 0;
            for (float value : wanted) {
              largest = Math.max(largest, Math.abs(value));
            }
            assertThat(got).as(name).hasSameSizeAs(wanted);
            for (int i = 0; i < got.length; i++) {
              assertThat(got[i]).as(name).isCloseTo(wanted[i], within(1e-6 * largest));
            }
          });
    }
  }

  @Test
  void whatIsReadChangesWeightsAsLycorisDoes() {
    requireLycorisUpdates(READ);
  }

  @Test
  void ranksAreNoHigherThanTheUpdates() {
    Map<String, Integer> ranks = new HashMap<>();
    READ.modules().forEach(m -> ranks.put(m.name(), m.rank()));
    String block = "down_blocks.0.attentions.0.transformer_blocks.0.";
    assertThat(ranks)
        .containsEntry(block + "attn1.to_q", 4) // LoHa, 2 x 2
        .containsEntry(block + "attn1.to_v", 4) // LoKr, 2 x 2
        .containsEntry(block + "attn2.to_q", 1)
        .containsEntry("down_blocks.1.resnets.1.conv2", 3) // a LoCon with a core
        .containsEntry("down_blocks.0.downsamplers.0.conv", 12); // a whole difference
  }

  @Test
  void theirKindsAreTold() {
    assertThat(READ.metadata())
        .containsEntry(
            "modules_of_other_kinds", "5 LoHa, 7 LoKr, 2 whole differences, 1 LoCon with a core");
  }

  @Test
  void convolutionsHaveTheirShape() {
    AdaptedModule conv =
        READ.modules().stream()
            .filter(module -> module.name().equals("down_blocks.0.resnets.0.conv1"))
            .findFirst()
            .orElseThrow();
    assertThat(conv.downShape()).containsExactly(9, 8, 3, 3);
    assertThat(conv.upShape()).containsExactly(12, 9, 1, 1);
  }

  @Test
  void convertedToLoraTheyChangeTheSame() throws IOException {
    for (AdapterFormat format : List.of(AdapterFormat.KOHYA, AdapterFormat.DIFFUSERS)) {
      Path file = folder.resolve(format + ".safetensors");
      try (OutputStream out = Files.newOutputStream(file)) {
        format.naming().write(READ).writeSafetensors(out);
      }
      requireLycorisUpdates(AdapterFile.read(file).adapter());
    }
  }

  private Path file(String... names) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    for (String name : names) {
      writer.add(
          "lora_unet_mid_block_resnets_0_conv1." + name,
          new long[] {2, 2},
          new float[] {1, 2, 3, 4});
    }
    Path file = folder.resolve("adapter.safetensors");
    try (OutputStream out = Files.newOutputStream(file)) {
      writer.writeTo(out);
    }
    return file;
  }

  @Test
  void whatIsNotWholeOrChangesABiasIsNamed() throws IOException {
    Path loha = file("hada_w1_a", "hada_w1_b", "hada_w2_a");
    assertThatThrownBy(() -> AdapterFile.read(loha))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("mid_block.resnets.0.conv1 has not all four factors of a LoHa");
    Path lokr = file("lokr_w1", "lokr_w2_a");
    assertThatThrownBy(() -> AdapterFile.read(lokr))
        .hasMessageContaining("has no whole second factor of a LoKr");
    Path bias = file("diff", "diff_b");
    assertThatThrownBy(() -> AdapterFile.read(bias))
        .hasMessageContaining("conv1.diff_b changes a bias");
  }
}
