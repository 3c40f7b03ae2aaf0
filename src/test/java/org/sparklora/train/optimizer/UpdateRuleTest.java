package org.sparklora.train.optimizer;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.util.InvalidInputException;

class UpdateRuleTest {
  private static final int UPDATES = 40;

  /** The largest difference over the largest value. */
  private static final double TOLERANCE = 2e-6;

  private static final Map<String, UpdateRuleConfig> CONFIGS =
      Map.ofEntries(
          entry("lion", new UpdateRuleConfig.Lion(0.9, 0.99, 0.1)),
          entry("adafactor", new UpdateRuleConfig.Adafactor(0.01, false, false, false)),
          entry("adafactor_relative", new UpdateRuleConfig.Adafactor(0, true, true, true)),
          entry("prodigy", prodigy(0.9, 0.999, Math.sqrt(0.999), 0.01, true, 1, 1 / 0.0)),
          entry("prodigy_coupled", prodigy(0.8, 0.99, 0.97, 0.1, false, 2, 1.5)),
          entry("prodigy_plus", UpdateRuleConfig.ProdigyPlus.USUAL),
          entry(
              "prodigy_plus_free",
              new UpdateRuleConfig.ProdigyPlus(
                  0.95, 0.98, 0.97, 0.05, 1e-6, 1e-3, 0.8, false, 12, 6, false, false)),
          entry("adamw_schedulefree", new UpdateRuleConfig.ScheduleFree(0.9, 0.999, 0.05, 1e-8, 6)),
          entry("came", new UpdateRuleConfig.Came(0.9, 0.999, 0.9999, 0.01)),
          entry("muon", new UpdateRuleConfig.Muon(0.95, 0.9, 0.999, 0.1, 1e-8)),
          entry("adamw8bit", new UpdateRuleConfig.AdamW8bit(0.9, 0.999, 0.01, 1e-8)));

  /** Learning rates by update, from 0. */
  private static final Map<String, IntToDoubleFunction> RATES =
      Map.ofEntries(
          entry("lion", step -> 1e-3),
          entry("adafactor", step -> 1e-2),
          entry("adafactor_relative", step -> 1),
          entry("prodigy", step -> 1),
          entry("prodigy_coupled", step -> Math.min(1, step / 5.0)),
          entry("prodigy_plus", step -> 1),
          entry("prodigy_plus_free", step -> Math.min(0.125, step / 40.0)),
          entry("adamw_schedulefree", step -> 1e-2),
          entry("came", step -> 1e-2),
          entry("muon", step -> 1e-2),
          entry("adamw8bit", step -> 1e-3));

  private static UpdateRuleConfig prodigy(
      double beta1,
      double beta2,
      double beta3,
      double decay,
      boolean first,
      double dCoef,
      double growth) {
    return new UpdateRuleConfig.Prodigy(
        beta1, beta2, beta3, decay, 1e-8, first, first, first, 1e-6, dCoef, growth);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lion",
        "adafactor",
        "adafactor_relative",
        "prodigy",
        "prodigy_coupled",
        "prodigy_plus",
        "prodigy_plus_free",
        "adamw_schedulefree",
        "came",
        "muon"
      })
  void matchesItsReferenceOverFortyUpdates(String name) {
    for (String gradients : new String[] {"pattern", "quadratic"}) {
      try (OptimizerReference reference = OptimizerReference.of(name + "_" + gradients)) {
        UpdateRule rule = rule(name, reference, reference.start(), Optional.empty());
        float[] parameters = reference.start();
        for (int step = 0; step < UPDATES; step++) {
          parameters = update(rule, name, reference, parameters, step);
          String snapshot = "after." + (step + 1);
          if (reference.has(snapshot)) {
            assertClose(name + " " + snapshot, parameters, reference.floats(snapshot), TOLERANCE);
          }
        }
        if (reference.has("used")) {
          float[] used = rule.used(parameters);
          assertClose(name + " used", used, reference.floats("used"), TOLERANCE);
        } else {
          assertThat(rule.used(parameters)).isSameAs(parameters);
        }
        rule.state()
            .floats()
            .forEach(
                (state, values) -> {
                  if (reference.has("state." + state)) {
                    assertClose(
                        name + " " + state, values, reference.floats("state." + state), 1e-5);
                  }
                });
        if (name.startsWith("prodigy")) {
          double d = Double.parseDouble(reference.file().metadata().get("d"));
          assertThat(rule.state().number("d")).isCloseTo(d, within(1e-5 * d));
        }
      }
    }
  }

  /** A value at the border of two codes may fall on either side, and its parameter with it. */
  @ParameterizedTest
  @ValueSource(strings = {"pattern", "quadratic"})
  void adamW8bitMatchesBitsandbytes(String gradients) {
    try (OptimizerReference reference = OptimizerReference.of("adamw8bit_" + gradients)) {
      UpdateRule rule = rule("adamw8bit", reference, reference.start(), Optional.empty());
      float[] parameters = reference.start();
      for (int step = 0; step < UPDATES; step++) {
        parameters = update(rule, "adamw8bit", reference, parameters, step);
        String snapshot = "after." + (step + 1);
        if (reference.has(snapshot)) {
          float[] expected = reference.floats(snapshot);
          assertClose(snapshot, parameters, expected, 1e-4);
          int n = expected.length;
          float[] actual = parameters;
          long far =
              IntStream.range(0, n).filter(i -> Math.abs(actual[i] - expected[i]) > 5e-7).count();
          assertThat(far).as(snapshot).isLessThanOrEqualTo(n / 1000);
        }
      }
      for (String state : new String[] {"state1", "state2"}) {
        byte[] actual = rule.state().codes().get(state);
        byte[] expected = reference.codes("state." + state);
        long different =
            IntStream.range(0, actual.length).filter(i -> actual[i] != expected[i]).count();
        assertThat(different).as(state).isLessThanOrEqualTo(actual.length / 1000);
      }
      for (String state : new String[] {"absmax1", "absmax2"}) {
        float[] expected = reference.floats("state." + state);
        assertClose(state, rule.state().floats().get(state), expected, 1e-5);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lion",
        "adafactor",
        "prodigy",
        "prodigy_plus",
        "adamw8bit",
        "adamw_schedulefree",
        "came",
        "muon"
      })
  void goesOnFromItsStateBitForBit(String name) {
    try (OptimizerReference reference = OptimizerReference.of(name + "_quadratic")) {
      UpdateRule straight = rule(name, reference, reference.start(), Optional.empty());
      float[] parameters = reference.start();
      for (int step = 0; step < 10; step++) {
        parameters = update(straight, name, reference, parameters, step);
      }
      UpdateRule resumed = rule(name, reference, parameters, Optional.of(straight.state()));
      float[] again = parameters;
      for (int step = 10; step < 20; step++) {
        parameters = update(straight, name, reference, parameters, step);
        again = update(resumed, name, reference, again, step);
      }
      assertThat(again).isEqualTo(parameters);
      assertThat(resumed.state()).usingRecursiveComparison().isEqualTo(straight.state());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adamw",
        "lion",
        "adafactor",
        "prodigy",
        "prodigy_plus",
        "adamw8bit",
        "adamw_schedulefree",
        "came",
        "muon"
      })
  void hasTheSameBitsOnAnyNumberOfThreads(String name) throws Exception {
    UpdateRuleConfig config =
        name.equals("adamw")
            ? new UpdateRuleConfig.AdamW(0.9, 0.999, 0.01, 1e-8)
            : CONFIGS.get(name);
    float[] expected = manyUpdates(config);
    for (int threads : new int[] {1, 3}) {
      ForkJoinPool pool = new ForkJoinPool(threads);
      try {
        assertThat(pool.submit(() -> manyUpdates(config)).get()).isEqualTo(expected);
      } finally {
        pool.shutdown();
      }
    }
  }

  private static float[] manyUpdates(UpdateRuleConfig config) {
    var tensors =
        IntStream.range(0, 10)
            .mapToObj(i -> new ParameterTensor(i * 30_000, new long[] {300, 100}))
            .toList();
    float[] parameters = new float[ParameterTensor.total(tensors)];
    UpdateRule rule = UpdateRule.of(config, tensors, parameters, Optional.empty());
    float[] gradient = new float[parameters.length];
    for (int step = 0; step < 3; step++) {
      for (int i = 0; i < gradient.length; i++) {
        gradient[i] = (float) Math.sin(i * 0.37 + step);
      }
      parameters = rule.update(parameters, gradient, 1e-3, step + 1).values();
    }
    return parameters;
  }

  @Test
  void refusesTheStateOfAnotherRule() {
    float[] start = new float[12];
    var tensors = ParameterTensor.vector(12);
    UpdateRuleState lion =
        UpdateRule.of(CONFIGS.get("lion"), tensors, start, Optional.empty()).state();
    assertThatThrownBy(
            () -> UpdateRule.of(CONFIGS.get("prodigy"), tensors, start, Optional.of(lion)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Cannot resume: the checkpoint holds no exp_avg_sq");
    assertThatThrownBy(
            () ->
                UpdateRule.of(
                    CONFIGS.get("lion"),
                    ParameterTensor.vector(13),
                    new float[13],
                    Optional.of(lion)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("the saved exp_avg has 12 values and this adapter needs 13");
  }

  private static UpdateRule rule(
      String name, OptimizerReference reference, float[] start, Optional<UpdateRuleState> saved) {
    return UpdateRule.of(CONFIGS.get(name), reference.tensors(), start, saved);
  }

  private static float[] update(
      UpdateRule rule, String name, OptimizerReference reference, float[] parameters, int step) {
    float[] gradient = reference.gradient(step, parameters);
    double rate = RATES.get(name).applyAsDouble(step);
    return rule.update(parameters, gradient, rate, step + 1).values();
  }

  private static void assertClose(String what, float[] actual, float[] expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    double scale = 0;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      scale = Math.max(scale, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(actual[i] - expected[i]));
    }
    assertThat(difference).as(what).isLessThanOrEqualTo(tolerance * scale);
  }
}
