package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.train.Fixtures;
import org.sparklora.util.InvalidInputException;

class LearningRateScheduleTest {
  static List<JsonNode> references() {
    return Fixtures.cases("learning_rates.json");
  }

  static List<JsonNode> others() {
    return Fixtures.cases("more_learning_rates.json");
  }

  @ParameterizedTest
  @MethodSource("references")
  void matchesDiffusersFromTheFirstUpdatePastTheLast(JsonNode reference) {
    compare(reference, LearningRateConfig.Decay.USUAL);
  }

  @ParameterizedTest
  @MethodSource("others")
  void matchesTransformersAndRexFromTheFirstUpdatePastTheLast(JsonNode reference) {
    compare(
        reference,
        new LearningRateConfig.Decay(
            reference.get("decay").longValue(),
            reference.get("timescale").longValue(),
            reference.get("ratio").doubleValue()));
  }

  private static void compare(JsonNode reference, LearningRateConfig.Decay decay) {
    LearningRateConfig config =
        new LearningRateConfig(
            LrScheduler.valueOf(reference.get("scheduler").asText().toUpperCase(Locale.ROOT)),
            reference.get("warmup").longValue(),
            reference.get("total").longValue(),
            reference.get("cycles").intValue(),
            reference.get("power").doubleValue(),
            decay);
    double base = reference.get("base").doubleValue();
    LearningRateSchedule schedule = new LearningRateSchedule(config, base);
    double[] rates = Fixtures.doubles(reference.get("rates"));
    for (int update = 0; update < rates.length; update++) {
      assertThat(schedule.rate(update)).isCloseTo(rates[update], within(1e-14 * base));
    }
  }

  @Test
  void refusesAPolynomialBelowItsEnd() {
    LearningRateConfig config = new LearningRateConfig(LrScheduler.POLYNOMIAL, 0, 10, 1, 1);
    assertThatThrownBy(() -> new LearningRateSchedule(config, 1e-8))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("--learning_rate: 1.0E-8");
  }

  @Test
  void warmsUpForTheWholeRunWithoutDividingByZero() {
    LearningRateConfig config = new LearningRateConfig(LrScheduler.POLYNOMIAL, 10, 10, 1, 1);
    assertThat(new LearningRateSchedule(config, 1e-3).rate(10)).isEqualTo(1e-3);
  }
}
