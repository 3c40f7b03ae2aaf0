package org.sparklora.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.train.Fixtures;

class SnrWeightsTest {
  static List<JsonNode> references() {
    return Fixtures.cases("noise_schedules.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchDiffusers(JsonNode reference) {
    SnrWeights epsilon = new SnrWeights(schedule(reference), 5, PredictionType.EPSILON);
    SnrWeights v = new SnrWeights(schedule(reference), 5, PredictionType.V_PREDICTION);
    for (int i = 0; i < reference.get("timesteps").size(); i++) {
      int t = reference.get("timesteps").get(i).intValue();
      JsonNode expected = reference.get("epsilon_weights").get(i);
      double weight = expected.isNull() ? 1 : expected.doubleValue();
      assertThat((double) epsilon.weight(t)).isCloseTo(weight, within(2e-6));
      assertThat((double) v.weight(t))
          .isCloseTo(reference.get("v_weights").get(i).doubleValue(), within(2e-6));
    }
  }

  @Test
  void pureNoiseHasTheLimitOfTheEpsilonWeightAndNoVelocityWeight() {
    JsonNode zeroSnr =
        references().stream()
            .filter(reference -> reference.get("config").has("rescale_betas_zero_snr"))
            .findFirst()
            .orElseThrow();
    assertThat(new SnrWeights(schedule(zeroSnr), 5, PredictionType.EPSILON).weight(999))
        .isEqualTo(1);
    assertThat(new SnrWeights(schedule(zeroSnr), 5, PredictionType.V_PREDICTION).weight(999))
        .isZero();
  }

  private static NoiseSchedule schedule(JsonNode reference) {
    ObjectNode config = reference.get("config").deepCopy();
    return NoiseSchedule.of(SchedulerConfig.of(config.put("_class_name", "DDPMScheduler")));
  }
}
