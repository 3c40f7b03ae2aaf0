package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "-3, 0 s",
    "0, 0 s",
    "0.0004, 0 s",
    "0.0134, 0.013 s",
    "0.5, 0.5 s",
    "1.248, 1.25 s",
    "9.949, 9.95 s",
    "9.96, 10 s",
    "59.4, 59 s",
    "59.5, 1 min",
    "80, 1 min 20 s",
    "3599.4, 59 min 59 s",
    "3600, 1 h",
    "18765, 5 h 12 min",
    "360000, 100 h"
  })
  void writesSpans(double seconds, String text) {
    assertThat(Times.span(seconds)).isEqualTo(text);
  }

  @Test
  void writesMoments() {
    assertThat(Times.moment(Instant.ofEpochSecond(0))).isEqualTo("1970-01-01 00:00:00 UTC");
  }
}
