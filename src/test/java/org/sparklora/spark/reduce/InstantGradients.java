package org.sparklora.spark.reduce;

import java.util.Arrays;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/** Gradients that cost nothing to compute, so that what is measured is the exchange. */
record InstantGradients() implements GradientComputerFactory {
  @Override
  public GradientComputer open(WorkerContext context) {
    return new GradientComputer() {
      private float[] values = new float[0];

      /** With one micro-batch a worker, nothing is added into its array: it is made once. */
      @Override
      public MicroBatchGradient compute(AdapterState state, int microBatch) {
        if (values.length != state.values().length) {
          values = new float[state.values().length];
          Arrays.fill(values, 1e-3f * (microBatch + 1));
        }
        return new MicroBatchGradient(1, values);
      }

      @Override
      public void close() {}
    };
  }
}
