package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFiles;
import org.sparklora.model.file.TensorFloats;

/**
 * LoHa and LoKr that PEFT has saved, and what they change by its own account
 * (src/test/python/make_peft_lycoris.py).
 */
class PeftLycorisTest {
  @ParameterizedTest
  @ValueSource(strings = {"loha", "loha_tucker", "lokr", "lokr_tucker"})
  void whatIsReadChangesWeightsAsPeftDoes(String kind) {
    Path folder = Path.of("src/test/resources/peft_lycoris").resolve(kind);
    Adapter read = AdapterFile.read(folder).adapter();
    assertThat(read.metadata().get("modules_of_other_kinds"))
        .isEqualTo(kind.startsWith("loha") ? "5 LoHa" : "5 LoKr");
    try (TensorFile expected = TensorFiles.open(folder.resolve("updates.safetensors"), "updates")) {
      assertThat(read.modules()).hasSize(5).hasSameSizeAs(expected.tensors().keySet());
      for (AdaptedModule module : read.modules()) {
        float[] wanted = TensorFloats.read(expected, module.name());
        float[] got = update(module);
        double largest = 0;
        for (float value : wanted) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertThat(got).as(module.name()).hasSameSizeAs(wanted);
        for (int i = 0; i < got.length; i++) {
          assertThat((double) got[i])
              .as(module.name())
              .isCloseTo(wanted[i], within(1e-6 * largest));
        }
      }
    }
  }

  /** {@code alpha / r B A}, row-major. */
  private static float[] update(AdaptedModule module) {
    int rank = module.rank();
    int inputs = module.down().length / rank;
    int outputs = module.up().length / rank;
    float[] update = new float[outputs * inputs];
    for (int row = 0; row < outputs; row++) {
      for (int i = 0; i < inputs; i++) {
        double sum = 0;
        for (int r = 0; r < rank; r++) {
          sum += (double) module.up()[row * rank + r] * module.down()[r * inputs + i];
        }
        update[row * inputs + i] = (float) (module.scale() * sum);
      }
    }
    return update;
  }
}
