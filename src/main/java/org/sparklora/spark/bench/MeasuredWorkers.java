package org.sparklora.spark.bench;

import ai.djl.Device;
import java.io.Serializable;
import org.apache.spark.util.CollectionAccumulator;
import org.sparklora.spark.reduce.GradientComputerFactory;
import org.sparklora.spark.reduce.WorkerContext;
import org.sparklora.spark.worker.AdapterWorkerFactory;
import org.sparklora.tensor.CudaDriver;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.GradientTiming;
import org.sparklora.train.LoraGradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.ProcessMemory;

/** Workers of a run that record the time of each micro-batch. */
record MeasuredWorkers(AdapterWorkerFactory workers, CollectionAccumulator<Measure> measures)
    implements GradientComputerFactory {
  private static final double GIB = 1L << 30;

  /**
   * The measurement of a micro-batch.
   *
   * @param peakGiB of the executor's resident memory, so far
   * @param gpuGiB memory of the GPU that is in use; NaN without one
   */
  record Measure(
      String executor,
      long step,
      double forwardSeconds,
      double backwardSeconds,
      double peakGiB,
      double gpuGiB)
      implements Serializable {}

  private static double gpuGiB(Device device) {
    return device.isGpu()
        ? CudaDriver.ofThisMachine()
            .flatMap(driver -> driver.memory(device.getDeviceId()))
            .map(bytes -> bytes.used() / GIB)
            .orElse(Double.NaN)
        : Double.NaN;
  }

  @Override
  public GradientComputer open(WorkerContext context) {
    LoraGradientComputer computer = workers.open(context);
    return new GradientComputer() {
      @Override
      public MicroBatchGradient compute(AdapterState state, int microBatch) {
        MicroBatchGradient gradient = computer.compute(state, microBatch);
        GradientTiming timing = computer.timing();
        measures.add(
            new Measure(
                context.executor(),
                state.step(),
                timing.forward(),
                timing.backward(),
                ProcessMemory.PEAK.gib(),
                gpuGiB(context.device())));
        return gradient;
      }

      @Override
      public void close() {
        computer.close();
      }
    };
  }
}
