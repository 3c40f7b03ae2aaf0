package org.sparklora.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiguresTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1e-4, 1e-4",
    "4.934e-9, 4.93e-9",
    "-2.5e-5, -2.5e-5",
    "0.01339, 0.0134",
    "17.26, 17.3",
    "NaN, NaN"
  })
  void givesThreeSignificantDigits(double value, String text) {
    assertThat(Figures.of(value)).isEqualTo(text);
  }
}
