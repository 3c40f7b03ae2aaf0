package org.sparklora.report.html;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void holdsItsValuesBetweenRoundNumbers() {
    Axis axis = Axis.around(0.134, 0.192, 4);
    assertThat(axis.from()).isLessThanOrEqualTo(0.134);
    assertThat(axis.to()).isGreaterThanOrEqualTo(0.192);
    assertThat(axis.ticks()).hasSizeBetween(3, 6);
  }

  @Test
  void aConstantStandsInTheMiddle() {
    assertThat(Axis.around(5e-4, 5e-4, 4).place(5e-4)).isBetween(0.3, 0.8);
    assertThat(Axis.around(0, 0, 4).ticks()).isNotEmpty();
  }

  @Test
  void stepsAreWholeNumbers() {
    assertThat(Axis.between(0, 3, 5).ticks()).containsExactly(0.0, 1.0, 2.0, 3.0);
    assertThat(Axis.between(0, 0, 5).place(0)).isZero();
  }
}
