package org.sparklora.spark.reduce;

import java.nio.file.Files;
import java.nio.file.Path;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.InvalidInputException;

/**
 * Gradients that are a function of step, micro-batch and adapter, without a model: for what
 * concerns the exchange alone.
 *
 * @param marker where a file with the worker's process id appears once it computes; empty for none
 * @param failing what fails: "" for nothing, "once" for the first attempt, "always", or "data" for
 *     what is read
 * @param pauseMillis how long a micro-batch takes
 */
record HashedGradients(String marker, String failing, long pauseMillis)
    implements GradientComputerFactory {
  @Override
  public GradientComputer open(WorkerContext context) {
    return new GradientComputer() {
      @Override
      public MicroBatchGradient compute(AdapterState state, int microBatch) {
        pause(state);
        return gradient(state, microBatch);
      }

      @Override
      public void close() {}
    };
  }

  /** The gradient of a micro-batch, without more. */
  static MicroBatchGradient gradient(AdapterState state, int microBatch) {
    float[] values =
        KeyedRandom.of(1, Purpose.NOISE, state.step(), microBatch).normals(state.values().length);
    for (int i = 0; i < values.length; i++) {
      values[i] += state.values()[i];
    }
    return new MicroBatchGradient(values[0], values);
  }

  private void pause(AdapterState state) {
    try {
      if (!marker.isEmpty()) {
        Files.writeString(
            Path.of(marker, "worker-" + ProcessHandle.current().pid()), "step " + state.step());
      }
      boolean first = org.apache.spark.TaskContext.get().attemptNumber() == 0;
      if (failing.equals("data")) {
        throw InvalidInputException.data("Cannot read latent cache: part-000000 is missing");
      }
      if (failing.equals("always") || (failing.equals("once") && first && state.step() == 2)) {
        throw new IllegalStateException("the GPU is on fire");
      }
      Thread.sleep(pauseMillis);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
