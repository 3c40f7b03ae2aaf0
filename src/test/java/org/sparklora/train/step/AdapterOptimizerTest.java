package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.sparklora.tensor.Precision;
import org.sparklora.train.Fixtures;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.util.InvalidInputException;

class AdapterOptimizerTest {
  private static final OptimizerConfig CONFIG =
      new OptimizerConfig(1e-3, 0.9, 0.999, 1e-2, 1e-8, 0.05);
  private static final LearningRateConfig COSINE =
      new LearningRateConfig(LrScheduler.COSINE, 3, 20, 1, 1);

  @Test
  void takesTheMeanOverMicroBatchesAndLossScaleBeforeItClips() {
    AdapterOptimizer scaled = optimizer(Precision.FP16, 4);
    AdapterOptimizer plain = optimizer(Precision.FP32, 1);
    for (int step = 0; step < 10; step++) {
      StepResult result = scaled.apply(gradient(step, 4 * 65536));
      StepResult expected = plain.apply(gradient(step, 1));
      assertThat(result.gradientNorm()).isEqualTo(expected.gradientNorm());
      assertThat(result.learningRate()).isEqualTo(expected.learningRate());
    }
    assertThat(scaled.state().values()).isEqualTo(plain.state().values());
    assertThat(scaled.state().step()).isEqualTo(10);
  }

  @Test
  void reportsTheMeanLossAndTheNormBeforeClipping() {
    StepResult result = optimizer(Precision.FP32, 4).apply(gradient(0, 4));
    assertThat(result.loss()).isEqualTo(0.5);
    assertThat(result.gradientNorm())
        .isCloseTo(GradientClipping.norm(Fixtures.gradient(0)), within(1e-12));
    assertThat(result.gradientNorm()).isGreaterThan(CONFIG.maxGradNorm());
  }

  @Test
  void skipsAStepWhoseGradientOverflowsAndHoldsTheSchedule() {
    AdapterOptimizer optimizer = optimizer(Precision.FP16, 1);
    optimizer.apply(gradient(0, 65536));
    float[] before = optimizer.state().values().clone();
    MicroBatchGradient overflow = gradient(1, 65536);
    overflow.values()[5] = Float.POSITIVE_INFINITY;

    StepResult skipped = optimizer.apply(overflow);

    assertThat(skipped.skipped()).isTrue();
    assertThat(optimizer.state().values()).isEqualTo(before);
    assertThat(optimizer.state().step()).isEqualTo(2);
    assertThat(optimizer.state().lossScale()).isEqualTo(32768);
    assertThat(optimizer.apply(gradient(2, 32768)).learningRate())
        .isEqualTo(skipped.learningRate());
  }

  @Test
  void givesUpWhenNoGradientIsFinite() {
    AdapterOptimizer optimizer = optimizer(Precision.BF16, 1);
    MicroBatchGradient broken = gradient(0, Float.NaN);
    for (int step = 0; step < AdapterOptimizer.MOST_SKIPPED_IN_A_ROW; step++) {
      assertThat(optimizer.apply(broken).skipped()).isTrue();
    }
    assertThatThrownBy(() -> optimizer.apply(broken))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("33 steps in a row up to step 32");
  }

  @Test
  void aStateOnceReadNeverChanges() {
    AdapterOptimizer optimizer = optimizer(Precision.FP32, 1);
    AdapterState state = optimizer.state();
    float[] copy = state.values().clone();
    optimizer.apply(gradient(0, 1));
    assertThat(state.values()).isEqualTo(copy);
  }

  @Test
  void refusesAStateOfAnotherSize() {
    OptimizerState saved = optimizer(Precision.FP32, 1).export();
    assertThatThrownBy(
            () ->
                AdapterOptimizer.resume(
                    CONFIG, COSINE, Precision.FP32, 1, ParameterTensor.vector(12), saved))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("has 37 values and this one 12");
  }

  private static AdapterOptimizer optimizer(Precision precision, int microBatches) {
    return new AdapterOptimizer(CONFIG, COSINE, precision, microBatches, Fixtures.start());
  }

  private static MicroBatchGradient gradient(int step, float factor) {
    float[] values = Fixtures.gradient(step);
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
    return new MicroBatchGradient(2, values);
  }
}
