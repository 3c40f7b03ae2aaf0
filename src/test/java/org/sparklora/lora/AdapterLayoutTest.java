package org.sparklora.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.sparklora.model.Network;
import org.sparklora.util.InvalidInputException;

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
    assertThat(new LoraConfig(4, 8, 0, false, List.of()).scale("any")).isEqualTo(2);
    assertThat(new LoraConfig(4, 8, 0, true, List.of()).scale("any")).isEqualTo(4);
  }

  @Test
  void laysOutTheUNetThenTheTextEncoderThenTokens() {
    LoraConfig config = config("to_q");
    AdapterLayout layout =
        AdapterLayout.of(
            Map.of(
                Network.TEXT_ENCODER, Map.of("a.to_q.weight", new long[] {4, 4}),
                Network.UNET, Map.of("z.to_q.weight", new long[] {4, 4})),
            4,
            new Trainables(
                Map.of(Network.TEXT_ENCODER, config, Network.UNET, config),
                List.of(new NewToken("<a>", "toy", 1), new NewToken("<b>", "toy", 2))));
    assertThat(layout.modules()).extracting("name").containsExactly("z.to_q", "a.to_q");
    assertThat(layout.modules()).extracting("downOffset").containsExactly(0, 16);
    assertThat(layout.tokens()).extracting("offset").containsExactly(32, 36);
    assertThat(layout.parameters()).isEqualTo(32 + 12);
    assertThat(layout.tokenRows()).isEqualTo(Map.of(Network.TEXT_ENCODER, 3));
  }

  @Test
  void tokensStartAsTheirInitializer() {
    AdapterLayout layout =
        AdapterLayout.of(
            Map.of(), 2, new Trainables(Map.of(), List.of(new NewToken("<b>", "toy", 2))));
    float[] values = layout.initialValues(0, new Rows());
    assertThat(values).containsExactly(3, 5, 3, 5);
    assertThat(layout.adapter(values).tokens().get(0).vectors())
        .isDeepEqualTo(new float[][] {{3, 5}, {3, 5}});
  }

  private static final class Rows implements StartingWeights {
    @Override
    public float[] rowNorms(Network network, String module) {
      throw new AssertionError(module);
    }

    @Override
    public float[] tokenRow(Network encoder, String token) {
      assertThat(token).isEqualTo("toy");
      return new float[] {3, 5};
    }
  }

  @Test
  void patternsGiveModulesRanksAndAlphasOfTheirOwn() {
    LoraConfig config =
        new LoraConfig(
            2,
            2,
            0,
            false,
            false,
            List.of("to_q", "to_out.0"),
            Map.of("attn1.to_q", 3),
            Map.of("mid\\..*", 6.0));
    AdapterLayout layout = AdapterLayout.of(WEIGHTS, config);
    assertThat(layout.modules()).extracting(AdapterLayout.Module::rank).containsExactly(2, 3);
    assertThat(layout.modules()).extracting("scale").containsExactly(3.0, 2.0);
    assertThat(layout.parameters()).isEqualTo(2 * 14 + 3 * 14);
  }

  @Test
  void aPatternThatMatchesNoAdaptedModuleIsNamed() {
    LoraConfig config =
        new LoraConfig(2, 2, 0, false, false, List.of("to_q"), Map.of("conv1", 3), Map.of());
    assertThatThrownBy(() -> AdapterLayout.of(WEIGHTS, config))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("conv1 matches no adapted layer, such as mid.attn1.to_q");
  }

  private static AdapterLayout layout(String... targets) {
    return AdapterLayout.of(WEIGHTS, config(targets));
  }

  private static LoraConfig config(String... targets) {
    return new LoraConfig(2, 2, 0, false, List.of(targets));
  }
}
