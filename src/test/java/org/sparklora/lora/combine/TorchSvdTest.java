package org.sparklora.lora.combine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.ReferencePython;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.TestModules;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFloats;

/**
 * Re-decomposition against torch.linalg.svd. Needs Python with torch; SPARK_LORA_PYTHON names it.
 */
@Tag("long")
class TorchSvdTest {
  private static final int RANK = 5;

  @TempDir private Path folder;

  @Test
  void cutsWhereTorchCuts() throws Exception {
    ReferencePython.required();
    List<AdaptedModule> modules =
        List.of(
            TestModules.linear("square", 64, 64, 8, 8, 1),
            TestModules.linear("tall", 320, 40, 16, 16, 2),
            TestModules.linear("wide", 48, 360, 32, 32, 3),
            TestModules.linear("narrow", 4, 288, 12, 12, 4));
    SafetensorsWriter writer = new SafetensorsWriter();
    for (AdaptedModule module : modules) {
      writer.add(module.name() + ".A", module.downShape(), module.down());
      writer.add(module.name() + ".B", module.upShape(), module.up());
    }
    Path factors = folder.resolve("factors.safetensors");
    try (OutputStream out = Files.newOutputStream(factors)) {
      writer.writeTo(out);
    }
    Path results = folder.resolve("results.safetensors");
    ReferencePython.run("truncated_svd.py", factors, RANK, results);
    try (SafetensorsFile torch = SafetensorsFile.open(results)) {
      modules.forEach(module -> compare(module, torch));
    }
  }

  private static void compare(AdaptedModule module, SafetensorsFile torch) {
    LowRankUpdate update = LowRankUpdate.of(module);
    LowRankUpdate.Truncated cut = update.truncate(RANK);
    ByteBuffer values = torch.data(module.name() + ".values");
    double energy = 0;
    double retained = 0;
    for (int i = 0; i * Double.BYTES < values.limit(); i++) {
      double square = Math.pow(values.getDouble(i * Double.BYTES), 2);
      energy += square;
      retained += i < RANK ? square : 0;
    }
    assertThat(update.norm()).isCloseTo(Math.sqrt(energy), within(1e-13 * Math.sqrt(energy)));
    assertThat(cut.energy()).isCloseTo(energy, within(1e-13 * energy));
    assertThat(cut.retained()).isCloseTo(retained, within(1e-13 * energy));
    double[][] best = TestModules.dense(module);
    float[] flat = TensorFloats.read(torch, module.name() + ".best");
    for (int i = 0; i < flat.length; i++) {
      best[i / best[0].length][i % best[0].length] = flat[i];
    }
    assertThat(TestModules.error(TestModules.dense(cut.module()), best)).isLessThan(0x1p-23);
  }
}
