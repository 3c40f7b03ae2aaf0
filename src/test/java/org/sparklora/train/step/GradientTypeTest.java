package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class GradientTypeTest {
  private static final int STEP = 1 << 16;

  @Test
  void fp32IsLeftAsItIs() {
    float[] values = {1 + 0x1p-23f, -0f, Float.MIN_VALUE, Float.NaN};
    float[] rounded = values.clone();
    GradientType.FP32.round(rounded);
    assertThat(rounded).containsExactly(values);
  }

  @Test
  void bf16IsTheNearestNumberWithSevenBits() {
    Random random = new Random(3);
    for (int i = 0; i < 100_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      int below = Float.floatToRawIntBits(value) & -STEP;
      if (Float.isFinite(value) && Float.isFinite(Float.intBitsToFloat(below + STEP))) {
        double down = Math.abs((double) value - Float.intBitsToFloat(below));
        double up = Math.abs((double) value - Float.intBitsToFloat(below + STEP));
        assertThat(Math.abs((double) value - rounded(value))).isEqualTo(Math.min(down, up));
        assertThat(Float.floatToRawIntBits(rounded(value)) & (STEP - 1)).isZero();
      }
    }
  }

  @Test
  void ofTwoNumbersAsNearTheEvenOneIsTaken() {
    assertThat(rounded(1 + 0x1p-8f)).isEqualTo(1);
    assertThat(rounded(1 + 0x3p-8f)).isEqualTo(1 + 0x1p-6f);
    assertThat(rounded(-1 - 0x1p-8f)).isEqualTo(-1);
  }

  @Test
  void whatIsNotFiniteStaysSo() {
    assertThat(rounded(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(rounded(Float.MAX_VALUE)).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(rounded(-Float.MAX_VALUE)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(rounded(Float.NaN)).isNaN();
    assertThat(rounded(Float.intBitsToFloat(0x7F800001))).as("few bits").isNaN();
    assertThat(rounded(Float.intBitsToFloat(0x7FFFFFFF))).as("all bits").isNaN();
    assertThat(rounded(-0f)).isEqualTo(-0f);
  }

  private static float rounded(float value) {
    float[] one = {value};
    GradientType.BF16.round(one);
    return one[0];
  }
}
