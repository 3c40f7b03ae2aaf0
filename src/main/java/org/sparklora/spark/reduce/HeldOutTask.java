package org.sparklora.spark.reduce;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.train.step.AdapterState;

/**
 * Computes the losses of batches of held-out samples, with the models that workers have loaded.
 *
 * @param run as in {@link ReductionAddress}
 * @param step number of steps that the values have been trained for
 */
record HeldOutTask(
    long run, GradientComputerFactory factory, int threads, long step, float[] values)
    implements FlatMapFunction<Iterator<Integer>, Double> {
  @Override
  public Iterator<Double> call(Iterator<Integer> batches) {
    TaskContext task = TaskContext.get();
    AdapterState state = new AdapterState(step, 1, values);
    return WorkerComputers.use(
        run,
        WorkerComputers.here(threads),
        factory,
        computer -> {
          List<Double> losses = new ArrayList<>();
          while (batches.hasNext()) {
            task.killTaskIfInterrupted();
            losses.add(computer.heldOutLoss(state, batches.next()));
          }
          return losses.iterator();
        });
  }
}
