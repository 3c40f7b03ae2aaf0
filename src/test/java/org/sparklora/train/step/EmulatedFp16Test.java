package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.LoraConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.RandomUNet;
import org.sparklora.train.optimizer.ParameterTensor;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;

/** Training in fp16 on a CPU, with the loss scale that a GPU run has. */
@Tag("long")
class EmulatedFp16Test {
  private static final Path MODEL = Path.of("src/test/resources/golden/sd15/model");
  private static final int STEPS = 50;
  private static final float NO_SCALE = 1;

  /**
   * At 1e-2 the last steps overshoot and make any rounding grow, so what they differ by depends on
   * the processor.
   */
  private static final double LEARNING_RATE = 3e-3;

  private record Run(List<Double> losses, List<Float> scales, List<Boolean> skipped) {}

  @Test
  void losesAsInFp32() {
    Run fp32 = train(Precision.FP32, NO_SCALE);
    Run fp16 = train(Precision.EMULATED_FP16, 65536);
    assertThat(fp16.skipped()).doesNotContain(true);
    for (int i = 0; i < STEPS; i++) {
      double expected = fp32.losses().get(i);
      assertThat(Math.abs(fp16.losses().get(i) - expected) / expected).isLessThan(2e-3);
    }
    assertThat(fp32.losses().get(STEPS - 1)).isLessThan(0.98 * fp32.losses().get(0));
  }

  @Test
  void skipsStepsThatOverflowUntilTheScaleFits() {
    float tooHigh = 0x1p34f;
    Run run = train(Precision.EMULATED_FP16, tooHigh);
    int skipped = run.skipped().lastIndexOf(true) + 1;
    assertThat(skipped).isBetween(2, STEPS - 4);
    assertThat(run.skipped().subList(0, skipped)).doesNotContain(false);
    for (int i = 0; i < STEPS; i++) {
      float expected = tooHigh / (float) Math.pow(2, Math.min(i, skipped));
      assertThat(run.scales().get(i)).isEqualTo(expected);
    }
    // A skipped step changes nothing: the next one meets the same adapter.
    assertThat(run.losses().subList(0, skipped)).containsOnly(run.losses().get(0));
    assertThat(run.losses().get(STEPS - 1)).isLessThan(run.losses().get(0));
  }

  private static Run train(Precision precision, float lossScale) {
    LoraConfig lora =
        new LoraConfig(4, 4, 0, false, false, LoraConfig.ATTENTION, Map.of(), Map.of());
    OptimizerConfig config = new OptimizerConfig(LEARNING_RATE, 0.9, 0.999, 1e-2, 1e-8, 1);
    LearningRateConfig rate = new LearningRateConfig(LrScheduler.CONSTANT, 0, STEPS, 1, 1);
    Run run = new Run(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    try (Ops ops = Ops.open(Device.cpu(), 1);
        RandomUNet network = new RandomUNet(ops, MODEL, precision, AttentionKernel.DEFAULT, lora)) {
      float[] start = RandomUNet.normals(4, network.layout.parameters());
      for (int i = 0; i < start.length; i++) {
        start[i] *= 0.05f;
      }
      OptimizerState fresh = new AdapterOptimizer(config, rate, precision, 1, start).export();
      AdapterOptimizer optimizer =
          AdapterOptimizer.resume(
              config,
              rate,
              precision,
              1,
              ParameterTensor.vector(start.length),
              new OptimizerState(0, start, fresh.groups(), Optional.empty(), lossScale, 0, 0));
      for (int i = 0; i < STEPS; i++) {
        AdapterState state = optimizer.state();
        network.adapter.load(state.values());
        StepResult result = optimizer.apply(network.gradient(2, 16, false, state.lossScale()));
        run.losses().add(result.loss());
        run.scales().add(state.lossScale());
        run.skipped().add(result.skipped());
      }
    }
    return run;
  }
}
