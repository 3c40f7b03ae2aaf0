package org.sparklora.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.train.Fixtures;

class AdamWTest {
  static List<JsonNode> references() {
    return Fixtures.cases("adamw.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchesTorchOverFiftyUpdates(JsonNode reference) {
    UpdateRule adamW = adamW(reference);
    float[] parameters = Fixtures.start();
    for (int step = 0; step < 50; step++) {
      double learningRate = reference.get("learning_rate").doubleValue();
      parameters =
          adamW.update(parameters, Fixtures.gradient(step), learningRate, step + 1).values();
      JsonNode expected = reference.get("after").get(String.valueOf(step + 1));
      if (expected != null) {
        Fixtures.assertClose(parameters, expected, 1e-6);
      }
    }
    Map<String, float[]> state = adamW.state().floats();
    Fixtures.assertClose(state.get("exp_avg"), reference.get("exp_avg"), 1e-6);
    Fixtures.assertClose(state.get("exp_avg_sq"), reference.get("exp_avg_sq"), 1e-6);
  }

  @Test
  void leavesTheParametersItWasGivenAlone() {
    float[] parameters = Fixtures.start();
    adamW(references().get(0)).update(parameters, Fixtures.gradient(0), 1e-3, 1);
    assertThat(parameters).isEqualTo(Fixtures.start());
  }

  private static UpdateRule adamW(JsonNode reference) {
    return UpdateRule.of(
        new UpdateRuleConfig.AdamW(
            reference.get("beta1").doubleValue(),
            reference.get("beta2").doubleValue(),
            reference.get("weight_decay").doubleValue(),
            reference.get("epsilon").doubleValue()),
        ParameterTensor.vector(Fixtures.PARAMETERS),
        Fixtures.start(),
        Optional.empty());
  }
}
