package org.sparklora.spark;

import org.sparklora.tensor.Precision;
import org.sparklora.train.rate.LearningRateConfig;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.OptimizerConfig;

/** Real optimizers for the tests of the reduction. */
public final class TestOptimizers {
  private TestOptimizers() {}

  public static AdapterOptimizer adamW(int microBatches, int parameters) {
    return new AdapterOptimizer(
        new OptimizerConfig(1e-3, 0.9, 0.999, 1e-2, 1e-8, 1),
        new LearningRateConfig(LrScheduler.CONSTANT, 0, 1000, 1, 1),
        Precision.FP32,
        microBatches,
        new float[parameters]);
  }
}
