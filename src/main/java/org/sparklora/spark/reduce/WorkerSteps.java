package org.sparklora.spark.reduce;

import java.util.Map;
import org.apache.spark.TaskContext;
import org.sparklora.spark.tree.Span;
import org.sparklora.train.GradientComputer;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/** Computes a worker's micro-batches of a step and sums them. */
record WorkerSteps(
    TaskContext task, WorkerContext context, GradientComputer computer, int microBatches) {
  /** The sums of a step, and what they cost. */
  record Sums(long step, WorkerCost cost, Map<GradientTree.Node, MicroBatchGradient> sums) {}

  Sums compute(AdapterState state, Span span) {
    long began = System.nanoTime();
    double waited = computer.waitedSeconds();
    GradientTree tree = new GradientTree(microBatches);
    for (int i = span.begin(); i < span.end(); i++) {
      task.killTaskIfInterrupted();
      tree.add(i, compute(state, i));
    }
    WorkerCost cost = WorkerCost.since(began, computer.waitedSeconds() - waited);
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
