package org.sparklora.spark.reduce;

import java.util.Iterator;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.ReductionAddress;
import org.sparklora.spark.message.Way;
import org.sparklora.spark.tree.Site;
import org.sparklora.spark.tree.Span;
import org.sparklora.spark.tree.TreePort;
import org.sparklora.tensor.DeviceMemory;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.GradientTree;

/**
 * A worker: a task that computes its range of micro-batches, step after step, until the segment
 * ends.
 *
 * @param partitions number of workers
 * @param microBatches micro-batches a step, M
 * @param way that its sums take to the driver
 */
record WorkerTask(
    ReductionAddress address,
    GradientComputerFactory factory,
    int partitions,
    int microBatches,
    int threads,
    Way way)
    implements VoidFunction<Iterator<Integer>> {
  @Override
  public void call(Iterator<Integer> partition) {
    TaskContext task = TaskContext.get();
    SparkEnv env = SparkEnv.get();
    WorkerContext context = WorkerComputers.here(threads);
    try (ReductionClient driver =
        new ReductionClient(env, address, partition.next(), task.attemptNumber(), context.host())) {
      driver.arrive(
          Hardware.of(context),
          way.overTree() ? port(env).site() : new Site(context.host(), context.executor(), 0));
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

  private TreePort port(SparkEnv env) {
    TreePort.Run run =
        new TreePort.Run(address.run(), address.host(), address.port(), address.patience());
    return TreePort.of(env, run, microBatches, way.pieces());
  }

  private void work(
      TaskContext task, WorkerContext context, ReductionClient driver, GradientComputer computer) {
    int worker = task.partitionId();
    WorkerSteps steps =
        new WorkerSteps(
            task, context, computer, microBatches, way.type(), DeviceMemory.of(context.device()));
    DriverMessage last =
        way.overTree()
            ? new TreeWorker(address, driver, port(SparkEnv.get()), steps).work()
            : workDirectly(worker, driver, steps);
    if (last instanceof DriverMessage.Superseded) {
      throw new IllegalStateException(
          "Worker " + worker + " was superseded: a newer attempt has taken its place");
    }
  }

  private DriverMessage workDirectly(int worker, ReductionClient driver, WorkerSteps steps) {
    Span span =
        new Span(
            GradientTree.rangeBegin(worker, partitions, microBatches),
            GradientTree.rangeBegin(worker + 1, partitions, microBatches));
    steps.computer().willCompute(span.begin(), span.end());
    DriverMessage answer = driver.join();
    while (answer instanceof DriverMessage.Compute compute) {
      WorkerSteps.Sums sums =
          steps.compute(
              compute.state(), span, part -> driver.part(compute.state().step(), part, way.type()));
      answer = driver.push(sums, way.type());
    }
    return answer;
  }
}
