package org.sparklora.spark.bench;

import java.util.Arrays;
import org.sparklora.spark.reduce.GradientComputerFactory;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/** Gradients that cost little more than their memory, so that only the exchange is measured. */
record EqualGradients() implements GradientComputerFactory {
  @Override
  public GradientComputer open(WorkerContext context) {
    return new GradientComputer() {
      @Override
      public MicroBatchGradient compute(AdapterState state, int microBatch) {
        float[] values = new float[state.values().length];
        Arrays.fill(values, 1e-3f * (microBatch + 1));
        return new MicroBatchGradient(1, values);
      }

      @Override
      public void close() {}
    };
  }
}
