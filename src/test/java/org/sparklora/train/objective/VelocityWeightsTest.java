package org.sparklora.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.schedulers.noise.SchedulerConfig;
import org.sparklora.train.Fixtures;
import org.sparklora.util.InvalidInputException;

class VelocityWeightsTest {
  /** The schedule of Stable Diffusion. */
  private static SchedulerConfig model() {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("_class_name", "DDPMScheduler");
    config.put("beta_start", 0.00085);
    config.put("beta_end", 0.012);
    config.put("beta_schedule", "scaled_linear");
    return SchedulerConfig.of(config);
  }

  @Test
  void weightsMatchTheirFormulaInTorchOnEitherSchedule() {
    for (JsonNode reference : Fixtures.cases("velocity_weights.json")) {
      float share = reference.get("share").floatValue();
      SnrConfig config = new SnrConfig(reference.get("zero").booleanValue(), share == 0, share);
      VelocityWeights weights =
          new VelocityWeights(
              config.schedule(model()),
              config,
              share == 0 ? PredictionType.V_PREDICTION : PredictionType.EPSILON);
      for (int i = 0; i < reference.get("timesteps").size(); i++) {
        float expected = reference.get("weights").get(i).floatValue();
        assertThat(weights.weight(reference.get("timesteps").get(i).intValue()))
            .isCloseTo(expected, within(1e-6f * expected));
      }
    }
  }

  @Test
  void aScheduleThatIsRescaledEndsInPureNoise() {
    NoiseSchedule schedule = new SnrConfig(true, false, 0).schedule(model());
    assertThat(schedule.signal(schedule.trainTimesteps() - 1)).isZero();
    assertThat(SnrConfig.PLAIN.schedule(model()).signal(999)).isGreaterThan(0.06f);
  }

  @Test
  void whatIsNotDefinedIsRefused() {
    assertThatThrownBy(() -> objective(new SnrConfig(false, true, 0), PredictionType.EPSILON))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--scale_v_pred_loss_like_noise_pred: it is defined for models that");
    assertThatThrownBy(() -> objective(new SnrConfig(false, false, 1), PredictionType.V_PREDICTION))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--v_pred_like_loss: it is defined for models that predict epsilon");
    assertThatThrownBy(() -> objective(new SnrConfig(true, false, 1), PredictionType.EPSILON))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--v_pred_like_loss: its weight is infinite at timestep 999");
  }

  private static Objective objective(SnrConfig config, PredictionType type) {
    return new Objective(
        config.schedule(model()),
        new ObjectiveConfig(
            Optional.of(type),
            OptionalDouble.empty(),
            false,
            config,
            LossConfig.L2,
            NoiseConfig.PLAIN,
            TimestepConfig.ALL));
  }
}
