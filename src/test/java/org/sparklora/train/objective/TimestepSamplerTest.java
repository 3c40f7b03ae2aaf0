package org.sparklora.train.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.sparklora.schedulers.noise.PredictionType;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.Fixtures;
import org.sparklora.train.objective.TimestepConfig.Bias;
import org.sparklora.train.objective.TimestepConfig.Sampling;
import org.sparklora.util.InvalidInputException;

class TimestepSamplerTest {
  private static final int DRAWS = 20_000;

  @Test
  void chancesAreThoseOfDiffusersAndDrawsFollowThem() {
    for (JsonNode reference : Fixtures.cases("timestep_bias.json")) {
      TimestepSampler sampler =
          new TimestepSampler(
              new TimestepConfig(
                  0,
                  TimestepConfig.LAST,
                  Bias.valueOf(reference.get("strategy").asText().toUpperCase(Locale.ROOT)),
                  reference.get("multiplier").doubleValue(),
                  reference.get("begin").intValue(),
                  reference.get("end").intValue(),
                  reference.get("portion").doubleValue(),
                  Sampling.UNIFORM,
                  0,
                  1),
              1000);
      for (int i = 0; i < reference.get("timesteps").size(); i++) {
        assertThat(sampler.chance(reference.get("timesteps").get(i).intValue()))
            .isCloseTo(reference.get("chances").get(i).doubleValue(), within(1e-9));
      }
      double expected = 0;
      for (int t = 0; t < 300; t++) {
        expected += sampler.chance(t);
      }
      assertThat(shareBelow(sampler, 300)).isCloseTo(expected, within(0.015));
    }
  }

  @Test
  void allTimestepsAreDrawnAsBeforeThereWereRanges() {
    TimestepSampler all = new TimestepSampler(TimestepConfig.ALL, 1000);
    for (int i = 0; i < 100; i++) {
      assertThat(all.draw(random(i))).isEqualTo((int) random(i).below(1000));
    }
  }

  @Test
  void staysInItsRangeHoweverItDraws() {
    for (Sampling sampling : Sampling.values()) {
      for (Bias bias : new Bias[] {Bias.NONE, Bias.LATER}) {
        TimestepSampler sampler =
            new TimestepSampler(
                new TimestepConfig(200, 210, bias, 5, 0, 1000, 0.25, sampling, 0, 3), 1000);
        for (int i = 0; i < 2000; i++) {
          assertThat(sampler.draw(random(i))).isBetween(200, 209);
        }
      }
    }
  }

  @Test
  void logitNormalHasItsMedianAtTheLogisticOfItsMean() {
    TimestepSampler sampler =
        new TimestepSampler(
            new TimestepConfig(
                0, TimestepConfig.LAST, Bias.NONE, 1, 0, 1000, 0.25, Sampling.LOGIT_NORMAL, 1, 0.5),
            1000);
    assertThat(shareBelow(sampler, 731)).isCloseTo(0.5, within(0.015));
  }

  @Test
  void refusesWhatDoesNotFitTheModel() {
    assertThatThrownBy(() -> new TimestepSampler(range(0, 1001), 1000))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Invalid --max_timestep: 1001; the base model has 1000 timesteps");
    assertThatThrownBy(() -> new TimestepSampler(range(500, TimestepConfig.LAST), 500))
        .hasMessageContaining("Invalid --min_timestep: 500");
  }

  @Test
  void debiasedWeightsMustBeFiniteWhereTimestepsAreDrawn() {
    assertThatThrownBy(() -> debiased(PredictionType.EPSILON, TimestepConfig.LAST))
        .hasMessageContaining("its weight is infinite at timestep 999")
        .hasMessageContaining("set --max_timestep=999");
    debiased(PredictionType.EPSILON, 999);
    debiased(PredictionType.V_PREDICTION, TimestepConfig.LAST);
    assertThatThrownBy(() -> debiased(PredictionType.SAMPLE, 999))
        .hasMessageContaining("Unsupported --debiased_estimation_loss");
  }

  private static void debiased(PredictionType type, int max) {
    new Objective(
        TrainingLossTest.schedule(true),
        new ObjectiveConfig(
            Optional.of(type),
            OptionalDouble.empty(),
            true,
            SnrConfig.PLAIN,
            LossConfig.L2,
            NoiseConfig.offset(0),
            range(0, max)));
  }

  private static TimestepConfig range(int min, int max) {
    return new TimestepConfig(min, max, Bias.NONE, 1, 0, 1000, 0.25, Sampling.UNIFORM, 0, 1);
  }

  private static double shareBelow(TimestepSampler sampler, int t) {
    int below = 0;
    for (int i = 0; i < DRAWS; i++) {
      below += sampler.draw(random(i)) < t ? 1 : 0;
    }
    return below / (double) DRAWS;
  }

  private static KeyedRandom random(int i) {
    return KeyedRandom.of(3, Purpose.TIMESTEP, i, 0);
  }
}
