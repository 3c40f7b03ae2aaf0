package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.train.Fixtures;

class GradientClippingTest {
  static List<JsonNode> references() {
    return Fixtures.cases("clipping.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchesTorch(JsonNode reference) {
    float[] gradient = Fixtures.gradient(3);
    double norm = GradientClipping.norm(gradient);
    double expected = reference.get("norm").doubleValue();
    assertThat(norm).isCloseTo(expected, within(1e-6 * expected));
    GradientClipping.clip(gradient, norm, reference.get("max_norm").doubleValue());
    Fixtures.assertClose(gradient, reference.get("clipped"), 1e-6);
  }

  @Test
  void leavesTheGradientAloneWithoutALimit() {
    float[] gradient = Fixtures.gradient(3);
    GradientClipping.clip(gradient, GradientClipping.norm(gradient), Double.POSITIVE_INFINITY);
    assertThat(gradient).isEqualTo(Fixtures.gradient(3));
  }

  @Test
  void isNotFiniteWhereOneValueIsNot() {
    assertThat(GradientClipping.norm(new float[] {1, Float.NaN})).isNaN();
    assertThat(GradientClipping.norm(new float[] {Float.NEGATIVE_INFINITY, 1}))
        .isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(GradientClipping.norm(new float[] {Float.MAX_VALUE, Float.MAX_VALUE})).isFinite();
  }
}
