package org.sparklora.verify;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.ReferencePython;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

/** Small SDXL models of other architectures. Needs Python with diffusers and PEFT. */
@Tag("slow")
class XlArchitecturesTest {
  @ParameterizedTest
  @ValueSource(strings = {"deep", "plain", "velocity", "one", "odd"})
  void diffusersComputesTheSame(String name, @TempDir Path folder) {
    ReferencePython.required();
    String tokenizers = "src/test/resources/golden/sdxl/model";
    ReferencePython.run("make_xl_reference.py", folder, tokenizers, name);
    for (Precision precision : List.of(Precision.FP32, Precision.BF16)) {
      List<Comparison> comparisons =
          Verification.run(
              folder.resolve(name), precision, AttentionKernel.DEFAULT, Device.cpu(), 2);
      assertThat(comparisons)
          .hasSizeGreaterThan(35)
          .allSatisfy(c -> assertThat(c.passes()).as(name + " " + precision + " " + c).isTrue());
    }
  }
}
