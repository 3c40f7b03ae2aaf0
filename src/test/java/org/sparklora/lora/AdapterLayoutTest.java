package org.sparklora.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.InvalidInputException;

class AdapterLayoutTest {
  private static final Map<String, long[]> WEIGHTS =
      Map.of(
          "mid.attn1.to_q.weight", new long[] {8, 6},
          "mid.attn1.to_out.0.weight", new long[] {6, 8},
          "mid.attn1.to_out.0.bias", new long[] {6},
          "mid.conv1.weight", new long[] {6, 5, 3, 3},
          "mid.norm.weight", new long[] {6});

  @Test
  void adaptsModulesWhoseNameEndsWithATarget() {
    assertThat(layout("to_q").modules()).extracting("name").containsExactly("mid.attn1.to_q");
    assertThat(layout("to_out.0", "to_q").modules())
        .extracting("name")
        .containsExactly("mid.attn1.to_out.0", "mid.attn1.to_q");
  }

  @Test
  void adaptsModulesThatAPatternMatches() {
    assertThat(layout("re:mid\\.(conv|attn).*").modules()).hasSize(3);
  }

  @Test
  void laysOutConvolutionsWithAPointwiseB() {
    AdapterLayout.Module conv = layout("conv1").modules().get(0);
    assertThat(conv.downShape()).containsExactly(2, 5, 3, 3);
    assertThat(conv.upShape()).containsExactly(6, 2, 1, 1);
    assertThat(layout("conv1").parameters()).isEqualTo(2 * 45 + 12);
  }

  @Test
  void aTargetThatMatchesNothingIsNamed() {
    assertThatThrownBy(() -> layout("to_q", "to_qq"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("to_qq matches no layer")
        .hasMessageContaining("to_q");
  }

  @Test
  void startsWithGaussianAAndZeroB() {
    AdapterLayout layout =
        AdapterLayout.of(Map.of("big.weight", new long[] {300, 4000}), config("big"));
    float[] values = layout.initialValues(5);
    AdapterLayout.Module module = layout.modules().get(0);
    double square = 0;
    for (int i = 0; i < module.downSize(); i++) {
      square += (double) values[i] * values[i];
    }
    assertThat(Math.sqrt(square / module.downSize())).isCloseTo(0.5, within(0.01));
    for (int i = module.upOffset(); i < values.length; i++) {
      assertThat(values[i]).isZero();
    }
  }

  @Test
  void scalesByRankOrItsRoot() {
    assertThat(new LoraConfig(4, 8, 0, false, List.of()).scale()).isEqualTo(2);
    assertThat(new LoraConfig(4, 8, 0, true, List.of()).scale()).isEqualTo(4);
  }

  private static AdapterLayout layout(String... targets) {
    return AdapterLayout.of(WEIGHTS, config(targets));
  }

  private static LoraConfig config(String... targets) {
    return new LoraConfig(2, 2, 0, false, List.of(targets));
  }
}
