package org.sparklora.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.train.Fixtures;

class EmaTest {
  static List<JsonNode> references() {
    return Fixtures.cases("optimizers/ema.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchesDiffusersEmaModelOverFortySteps(JsonNode reference) {
    EmaConfig config = config(reference.get("settings"));
    float[] parameters = Fixtures.start();
    Ema ema = new Ema(config, parameters);
    for (int step = 0; step < 40; step++) {
      float[] change = Fixtures.gradient(step);
      for (int i = 0; i < parameters.length; i++) {
        parameters[i] += change[i];
      }
      ema.update(parameters, step + 1);
      assertThat(config.decay(step + 1))
          .isCloseTo(reference.get("decays").get(step).doubleValue(), within(1e-12));
    }
    Fixtures.assertClose(ema.average(), reference.get("average"), 1e-6);
  }

  private static EmaConfig config(JsonNode settings) {
    return new EmaConfig(
        settings.path("decay").asDouble(0.9999),
        settings.path("min_decay").asDouble(0),
        settings.path("update_after_step").asLong(0),
        settings.path("use_ema_warmup").asBoolean(false),
        settings.path("inv_gamma").asDouble(1),
        settings.path("power").asDouble(2.0 / 3));
  }
}
