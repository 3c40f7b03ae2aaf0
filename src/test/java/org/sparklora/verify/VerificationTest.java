package org.sparklora.verify;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;

@Tag("long")
class VerificationTest {
  @ParameterizedTest
  @CsvSource({
    "sd15, FP32",
    "sd2, FP32",
    "distilled, FP32",
    "sdxl, FP32",
    "sd15, BF16",
    "sd2, BF16",
    "sdxl, BF16",
    "sd15, EMULATED_FP16",
    "sd2, EMULATED_FP16"
  })
  void computesWhatDiffusersComputes(String reference, Precision precision) {
    Path folder = Path.of("src/test/resources/golden", reference);
    List<Comparison> comparisons =
        Verification.run(folder, precision, AttentionKernel.DEFAULT, Device.cpu(), 2);
    assertThat(comparisons).hasSizeGreaterThan(20).allSatisfy(c -> assertThat(c.passes()).isTrue());
  }

  @ParameterizedTest
  @CsvSource({"sd15, true", "sd2, false"})
  void computesItWithSlicedAndPlainAttention(String reference, boolean sliced) {
    AttentionKernel kernel = sliced ? new AttentionKernel.Sliced(1) : new AttentionKernel.Plain();
    Path folder = Path.of("src/test/resources/golden", reference);
    List<Comparison> comparisons =
        Verification.run(folder, Precision.FP32, kernel, Device.cpu(), 2);
    assertThat(comparisons).hasSizeGreaterThan(20).allSatisfy(c -> assertThat(c.passes()).isTrue());
  }
}
