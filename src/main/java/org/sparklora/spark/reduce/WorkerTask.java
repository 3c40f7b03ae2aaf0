package org.sparklora.spark.reduce;

import java.util.Iterator;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;

/**
 * A worker: a task that computes its range of micro-batches, step after step, until the segment
 * ends.
 *
 * @param partitions number of workers
 * @param microBatches micro-batches a step, M
 */
record WorkerTask(
    ReductionAddress address,
    GradientComputerFactory factory,
    int partitions,
    int microBatches,
    int threads)
    implements VoidFunction<Iterator<Integer>> {
  @Override
  public void call(Iterator<Integer> partition) {
    TaskContext task = TaskContext.get();
    SparkEnv env = SparkEnv.get();
    WorkerContext context = WorkerComputers.here(threads);
    try (ReductionClient driver =
        new ReductionClient(env, address, partition.next(), task.attemptNumber(), context.host())) {
      driver.arrive(Hardware.of(context));
      WorkerComputers.use(
          address.run(),
          context,
          factory,
          computer -> {
            work(task, context, driver, computer);
            return computer;
          });
    }
  }

  private void work(
      TaskContext task, WorkerContext context, ReductionClient driver, GradientComputer computer) {
    int worker = task.partitionId();
    int begin = GradientTree.rangeBegin(worker, partitions, microBatches);
    int end = GradientTree.rangeBegin(worker + 1, partitions, microBatches);
    computer.willCompute(begin, end);
    DriverMessage answer = driver.join();
    while (answer instanceof DriverMessage.Compute compute) {
      long began = System.nanoTime();
      double waited = computer.waitedSeconds();
      GradientTree tree = new GradientTree(microBatches);
      for (int i = begin; i < end; i++) {
        task.killTaskIfInterrupted();
        tree.add(i, compute(task, context, computer, compute.state(), i));
      }
      answer =
          driver.push(
              compute.state().step(),
              WorkerCost.since(began, computer.waitedSeconds() - waited),
              tree.sums());
    }
    if (answer instanceof DriverMessage.Superseded) {
      throw new IllegalStateException(
          "Worker " + worker + " was superseded: a newer attempt has taken its place");
    }
  }

  private static org.sparklora.train.step.MicroBatchGradient compute(
      TaskContext task,
      WorkerContext context,
      GradientComputer computer,
      AdapterState state,
      int microBatch) {
    try {
      return computer.compute(state, microBatch);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "Cannot compute step "
              + state.step()
              + ", micro-batch "
              + microBatch
              + " on "
              + context
              + ", attempt "
              + task.attemptNumber()
              + ": "
              + e.getMessage(),
          e);
    }
  }
}
