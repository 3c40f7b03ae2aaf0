package org.sparklora.spark.reduce;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.TaskContext;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.tree.Span;
import org.sparklora.tensor.DeviceMemory;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * Computes a worker's micro-batches of a step and sums them.
 *
 * @param microBatches micro-batches a step, M
 * @param type of gradients and sums
 * @param memory of the device that it computes on
 */
record WorkerSteps(
    TaskContext task,
    WorkerContext context,
    GradientComputer computer,
    int microBatches,
    GradientType type,
    DeviceMemory memory) {
  /** Sums of a step, and the cost of all sums of that step. */
  record Sums(long step, WorkerCost cost, Map<GradientTree.Node, MicroBatchGradient> sums) {}

  /**
   * Computes the sums of the largest subtrees in a span.
   *
   * @param early takes sums while the next micro-batches are computed
   * @return the other sums, at least one
   */
  Sums compute(
      AdapterState state, Span span, Consumer<Map<GradientTree.Node, MicroBatchGradient>> early) {
    Set<GradientTree.Node> own = GradientTree.ownedBy(span.begin(), span.end(), microBatches);
    long began = System.nanoTime();
    double waited = computer.waitedSeconds();
    GradientTree tree = new GradientTree(microBatches, type);
    for (int i = span.begin(); i < span.end(); i++) {
      task.killTaskIfInterrupted();
      tree.add(i, compute(state, i));
      Map<GradientTree.Node, MicroBatchGradient> done =
          i + 1 < span.end() ? tree.take(own) : Map.of();
      if (!done.isEmpty()) {
        early.accept(done);
      }
    }
    WorkerCost cost =
        WorkerCost.since(began, computer.waitedSeconds() - waited, memory.usedBytes());
    return new Sums(state.step(), cost, tree.sums());
  }

  private MicroBatchGradient compute(AdapterState state, int microBatch) {
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
