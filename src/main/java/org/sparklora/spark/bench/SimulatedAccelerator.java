package org.sparklora.spark.bench;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
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
      /**
       * A device copies its gradients itself. So the host's arrays are there from the first step,
       * and are filled, if at all, while the accelerator would compute. A real worker's are new in
       * each step.
       */
      private final Map<Integer, float[]> gradients = new HashMap<>();

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
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        float value = 1e-3f * (microBatch + 1);
        float[] values =
            gradients.computeIfAbsent(microBatch, one -> new float[state.values().length]);
        if (values[0] != value) { // new, or others were added to it
          Arrays.fill(values, value);
        }
        sleepUntil(end);
        return new MicroBatchGradient(Math.abs(loss), values);
      }

      @Override
      public void close() {
        samples.close();
      }
    };
  }

  private static void sleepUntil(long end) {
    try {
      TimeUnit.NANOSECONDS.sleep(end - System.nanoTime());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Worker interrupted", e);
    }
  }
}
