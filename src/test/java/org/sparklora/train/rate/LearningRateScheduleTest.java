package org.sparklora.train.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
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
            reference.get("ratio").doubleValue(),
            StepRules.NONE));
  }

  static List<JsonNode> pieces() {
    return Fixtures.cases("step_rates.json");
  }

  @ParameterizedTest
  @MethodSource("pieces")
  void matchesDiffusersPiecesWithoutWarmUp(JsonNode reference) {
    StepRules rules = StepRules.parse(reference.get("rules").asText());
    assertThat(StepRules.parse(rules.text())).isEqualTo(rules);
    LearningRateConfig config =
        new LearningRateConfig(
            LrScheduler.PIECEWISE_CONSTANT,
            5,
            24,
            1,
            1,
            new LearningRateConfig.Decay(0, 0, 0, rules));
    double base = reference.get("base").doubleValue();
    double[] rates = Fixtures.doubles(reference.get("rates"));
    for (int update = 0; update < rates.length; update++) {
      assertThat(new LearningRateSchedule(config, base).rate(update)).isEqualTo(rates[update]);
    }
    assertThat(config.recipe()).containsEntry("lr_step_rules", rules.text());
    assertThat(config.recipe()).doesNotContainKey("max_train_steps");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1:10",
        "1:10,0.1:5,1",
        "1:10,0.1:10,1",
        "1:0,1",
        "x:3,1",
        "-1:3,1",
        "1:2:3,1",
        "1:1.5,1",
        "NaN",
        "1:10,"
      })
  void refusesRulesThatAreNone(String text) {
    assertThatThrownBy(() -> StepRules.parse(text))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Invalid --lr_step_rules: " + text + "; it must be like 1:10,");
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
