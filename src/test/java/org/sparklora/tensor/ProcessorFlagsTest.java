package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorFlagsTest {
  @ParameterizedTest
  @CsvSource({
    "flags\t\t: fpu sse4_2 avx512f avx512bw avx512_vnni, false",
    "flags\t\t: fpu avx512f avx512_bf16 avx512_vnni, true",
    "flags\t\t: fpu amx_bf16 amx_tile, true",
    "Features\t: fp asimd fphp asimdhp, false",
    "Features\t: fp asimd sve bf16 i8mm, true",
    "model name\t: a processor that does not say, true"
  })
  void tellWhetherThereAreProductsOfBf16(String line, boolean expected) {
    assertThat(ProcessorFlags.multipliesBf16(List.of("processor\t: 0", line, "")))
        .isEqualTo(expected);
  }
}
