package org.sparklora.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static Comparison of(double error, OptionalDouble own) {
    return new Comparison("run.adamw10", Measure.MAX, error, 1e-4, own);
  }

  @Test
  void aMissedToleranceIsAFaultUnlessTheReferenceMissesItAgainstItself() {
    assertThat(of(1.3e-3, OptionalDouble.of(1.3e-3)).isUndecided()).isTrue();
    assertThat(of(1.3e-3, OptionalDouble.of(1.3e-3)).passes()).isFalse();

    assertThat(of(1.3e-3, OptionalDouble.empty()).isUndecided()).isFalse();
    assertThat(of(1.3e-3, OptionalDouble.of(9e-5)).isUndecided()).isFalse();
    assertThat(of(1.3e-3, OptionalDouble.of(2e-4)).isUndecided()).isFalse();
    assertThat(of(Double.NaN, OptionalDouble.of(1e-3)).isUndecided()).isFalse();
    assertThat(of(5e-5, OptionalDouble.of(1e-3)).isUndecided()).isFalse();
  }
}
