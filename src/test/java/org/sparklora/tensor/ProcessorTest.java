package org.sparklora.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProcessorTest {
  @ParameterizedTest
  @CsvSource({
    "flags\t\t: fpu sse4_2 avx2 fma, false, false",
    "flags\t\t: fpu sse4_2 avx512f avx512bw avx512_vnni, false, true",
    "flags\t\t: fpu avx512f avx512_bf16 avx512_vnni, true, true",
    "flags\t\t: fpu avx512f amx_bf16 amx_tile, true, true",
    "Features\t: fp asimd fphp asimdhp, false, false",
    "Features\t: fp asimd sve bf16 i8mm, true, false",
    "model name\t: a processor that does not say, true, false"
  })
  void tellsItsProductsOfBf16AndItsVectors(String line, boolean multipliesBf16, boolean wide) {
    assertThat(Processor.of(List.of("processor\t: 0", line, "")))
        .isEqualTo(new Processor(multipliesBf16, wide));
  }
}
