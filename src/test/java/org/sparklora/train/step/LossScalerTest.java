package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sparklora.tensor.Precision;

class LossScalerTest {
  @Test
  void halvesAtAnOverflowAndDoublesAfterTwoThousandGoodSteps() {
    LossScaler scaler = new LossScaler(Precision.FP16);
    assertThat(scaler.scale()).isEqualTo(65536);
    repeat(scaler, false, 1999);
    scaler.update(true);
    assertThat(scaler.scale()).isEqualTo(32768);
    repeat(scaler, false, 1999);
    assertThat(scaler.scale()).isEqualTo(32768);
    scaler.update(false);
    assertThat(scaler.scale()).isEqualTo(65536);
    assertThat(scaler.stepsSinceChange()).isZero();
  }

  @Test
  void neverGrowsToInfinity() {
    LossScaler scaler = new LossScaler(Precision.FP16, 0x1p127f, 1999);
    scaler.update(false);
    assertThat(scaler.scale()).isEqualTo(0x1p127f);
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void staysOneWherePrecisionNeedsNone(Precision precision) {
    LossScaler scaler = new LossScaler(precision, 65536, 7);
    repeat(scaler, true, 3);
    repeat(scaler, false, 3000);
    assertThat(scaler.scale()).isEqualTo(1);
  }

  private static void repeat(LossScaler scaler, boolean overflow, int times) {
    for (int i = 0; i < times; i++) {
      scaler.update(overflow);
    }
  }
}
