package org.sparklora.spark.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.sparklora.spark.reduce.GradientComputerFactory;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.train.DrawsAhead;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * A worker whose gradients take a given time and no processor, as on an accelerator. Everything
 * else is real: samples are read and noised as in training, and gradients and adapters go over the
 * network.
 *
 * @param workers the real workers' factory; their base model is not loaded
 * @param millis the time of a micro-batch
 */
record SimulatedAccelerator(AdapterWorkerFactory workers, long millis)
    implements GradientComputerFactory {
  @Override
  public GradientComputer open(WorkerContext context) {
    DrawsAhead samples = new DrawsAhead(workers.draws());
    return new GradientComputer() {
      @Override
      public void willCompute(int begin, int end) {
        samples.willAskFor(begin, end);
      }

      @Override
      public double waitedSeconds() {
        return samples.waitedSeconds();
      }

      @Override
      public MicroBatchGradient compute(AdapterState state, int microBatch) {
        double loss = samples.of(state.step(), microBatch).get(0).noise()[0];
        sleep();
        float[] values = new float[state.values().length];
        Arrays.fill(values, 1e-3f * (microBatch + 1));
        return new MicroBatchGradient(Math.abs(loss), values);
      }

      @Override
      public void close() {
        samples.close();
      }
    };
  }

  private void sleep() {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Worker interrupted", e);
    }
  }
}
