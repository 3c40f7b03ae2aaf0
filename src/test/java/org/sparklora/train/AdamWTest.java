package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdamWTest {
  static List<JsonNode> references() {
    return Fixtures.cases("adamw.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchesTorchOverFiftyUpdates(JsonNode reference) {
    AdamW adamW = new AdamW(config(reference), Fixtures.PARAMETERS);
    float[] parameters = Fixtures.start();
    for (int step = 0; step < 50; step++) {
      parameters =
          adamW.update(
              parameters, Fixtures.gradient(step), reference.get("learning_rate").doubleValue());
      JsonNode expected = reference.get("after").get(String.valueOf(step + 1));
      if (expected != null) {
        Fixtures.assertClose(parameters, expected, 1e-6);
      }
    }
    Fixtures.assertClose(adamW.firstMoment(), reference.get("exp_avg"), 1e-6);
    Fixtures.assertClose(adamW.secondMoment(), reference.get("exp_avg_sq"), 1e-6);
    assertThat(adamW.updates()).isEqualTo(50);
  }

  @Test
  void leavesTheParametersItWasGivenAlone() {
    float[] parameters = Fixtures.start();
    new AdamW(config(references().get(0)), parameters.length)
        .update(parameters, Fixtures.gradient(0), 1e-3);
    assertThat(parameters).isEqualTo(Fixtures.start());
  }

  private static OptimizerConfig config(JsonNode reference) {
    return new OptimizerConfig(
        reference.get("learning_rate").doubleValue(),
        reference.get("beta1").doubleValue(),
        reference.get("beta2").doubleValue(),
        reference.get("weight_decay").doubleValue(),
        reference.get("epsilon").doubleValue(),
        1);
  }
}
