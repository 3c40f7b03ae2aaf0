package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.IntToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.tensor.Precision;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;

class SoundnessTest {
  @Test
  void elevenSkippedStepsOfTwelveAreNoAdapter() {
    Soundness run = run(12, step -> step == 0 ? 0.2 : Double.NaN, 1);
    assertThatThrownBy(() -> run.require(12, 1))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("not finite in 11 of 12 steps")
        .hasMessageContaining("lower --learning_rate")
        .hasMessageContaining("No adapter was written");
  }

  @Test
  void aBadBatchNowAndThenIsNothing() {
    Soundness run = run(12, step -> step == 5 || step == 11 ? Double.NaN : 0.2, 1);
    assertThatCode(() -> run.require(12, 10)).doesNotThrowAnyException();
  }

  /** The scale falls from 65536 until gradients fit: nothing is wrong with them. */
  @Test
  void skippedStepsThatOnlyFindTheLossScaleDoNotCount() {
    Soundness run = new Soundness(0);
    for (int step = 0; step < 12; step++) {
      run.take(new StepResult(step, 0.2, 1, 1e-3, 65536f / (1 << step), step < 11));
    }
    assertThatCode(() -> run.require(12, 1)).doesNotThrowAnyException();
  }

  @Test
  void aRunThatChangedNothingIsNoAdapter() {
    Soundness run = new Soundness(0);
    for (int step = 0; step < 4; step++) {
      run.take(new StepResult(step, 0.2, 1, 1e-3, 65536f / (1 << step), true));
    }
    assertThatThrownBy(() -> run.require(4, 0)).hasMessageContaining("finite in none of 4 steps");
  }

  @Test
  void stepsSkippedBeforeAResumeCount() {
    Soundness run = new Soundness(8);
    run.take(new StepResult(11, 0.2, 1, 1e-3, 1, false));
    assertThatThrownBy(() -> run.require(12, 4)).hasMessageContaining("in 8 of 12 steps");
  }

  @Test
  void aLossThatGrewAThousandfoldIsNoAdapter() {
    Soundness run = run(100, step -> step < 50 ? 0.2 : 1e6, 1);
    assertThatThrownBy(() -> run.require(100, 100))
        .hasMessageContaining("the loss grew from 0.2 to 1000000.0");
  }

  @Test
  void aLossThatIsLargeFromTheBeginningIsALossWeightsMatter() {
    Soundness run = run(100, step -> 5000 - step, 1);
    assertThatCode(() -> run.require(100, 100)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e7, 1e30})
  void aStepThatMakesValuesNoModelCanUseEndsTheRun(double learningRate) {
    AdapterOptimizer optimizer =
        new AdapterOptimizer(
            new OptimizerConfig(learningRate, 0.9, 0.999, 0, 1e-8, 1),
            new LearningRateConfig(LrScheduler.CONSTANT, 0, 10, 1, 1),
            Precision.FP32,
            1,
            new float[] {0.1f, 0.2f});
    assertThatThrownBy(() -> optimizer.apply(new MicroBatchGradient(0.5, new float[] {1, 2})))
        .isInstanceOf(TrainingDivergedException.class)
        .hasMessageContaining("step 0 made a value of the adapter")
        .hasMessageContaining("lower --learning_rate");
  }

  private static Soundness run(int steps, IntToDoubleFunction loss, float scale) {
    Soundness soundness = new Soundness(0);
    for (int step = 0; step < steps; step++) {
      double value = loss.applyAsDouble(step);
      soundness.take(new StepResult(step, value, value, 1e-3, scale, !Double.isFinite(value)));
    }
    return soundness;
  }
}
