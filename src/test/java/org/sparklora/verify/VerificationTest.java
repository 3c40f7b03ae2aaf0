package org.sparklora.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Precision;
import org.sparklora.util.InvalidInputException;

@Tag("long")
class VerificationTest {
  private static final ObjectMapper JSON = new ObjectMapper();

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

  /** Whatever is left out or put in: a run of other settings would be another one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          accumulation | 0          | run.adamw10: accumulation 0; expected a whole number from 1 to
          accumulation | 2147483647 | run.adamw10: accumulation 2147483647; expected a whole number
          trace        | []         | run.adamw10: trace; expected a list of 3 numbers for each step
          lr           | null       | run.adamw10: lr null; expected a number
          schedule     | "magic"    | Unsupported schedule of a run: magic
          """)
  void aRunThatCannotBeIsNamed(String key, String value, String message, @TempDir Path folder)
      throws IOException {
    Path whole = Path.of("src/test/resources/golden/sd15").toAbsolutePath();
    try (Stream<Path> files = Files.list(whole)) {
      for (Path file : files.toList()) {
        Files.createSymbolicLink(folder.resolve(file.getFileName()), file);
      }
    }
    ObjectNode numbers = (ObjectNode) JSON.readTree(whole.resolve("golden.json").toFile());
    ((ObjectNode) numbers.get("run.adamw10")).set(key, JSON.readTree(value));
    Files.delete(folder.resolve("golden.json"));
    JSON.writeValue(folder.resolve("golden.json").toFile(), numbers);
    assertThatThrownBy(
            () ->
                Verification.run(folder, Precision.FP32, AttentionKernel.DEFAULT, Device.cpu(), 2))
        .isInstanceOfSatisfying(
            InvalidInputException.class,
            e -> assertThat(e.kind()).isEqualTo(InvalidInputException.Kind.DATA))
        .hasMessageContaining(message);
  }
}
