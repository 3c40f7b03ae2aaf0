package org.sparklora.spark.reduce;

import java.util.Set;
import java.util.TreeSet;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;

/**
 * The sums that each worker of a segment owns: those of the largest subtrees whose micro-batches
 * are all its own. No other worker may send them.
 *
 * @param workers number of workers
 * @param microBatches number of micro-batches of a step
 * @param type of the gradients that are sent
 */
record OwnSums(int workers, int microBatches, GradientType type) {
  /** Returns the number of micro-batches of a worker. */
  int microBatches(int worker) {
    return rangeBegin(worker + 1) - rangeBegin(worker);
  }

  /** Returns the largest number of sums that any worker owns. */
  int most() {
    int most = 0;
    for (int worker = 0; worker < workers; worker++) {
      most = Math.max(most, of(worker).size());
    }
    return most;
  }

  /**
   * Checks that a worker sends only sums of its own, and in the right type.
   *
   * @throws IllegalArgumentException if it does not
   */
  void requireOwn(int worker, WorkerMessage.WithSums message) {
    if (message.type() != type) {
      throw new IllegalArgumentException(
          "Invalid push: its gradients are " + message.type() + ", not " + type);
    }
    if (!of(worker).containsAll(message.sums().keySet())) {
      throw notOwn(worker, message);
    }
  }

  /**
   * Checks that a worker's last message of a step brings all sums that it has not sent before.
   *
   * @throws IllegalArgumentException if it does not
   */
  void requireAll(Crew.Member worker, WorkerMessage.Push push) {
    Set<GradientTree.Node> others = new TreeSet<>(of(worker.number()));
    others.removeAll(push.sums().keySet());
    if (!worker.hasSent(others)) {
      throw notOwn(worker.number(), push);
    }
  }

  private IllegalArgumentException notOwn(int worker, WorkerMessage.WithSums push) {
    return new IllegalArgumentException(
        "Invalid push: worker "
            + worker
            + " owns micro-batches "
            + rangeBegin(worker)
            + " to "
            + rangeBegin(worker + 1)
            + " and sent "
            + push.sums().keySet());
  }

  private Set<GradientTree.Node> of(int worker) {
    return GradientTree.ownedBy(rangeBegin(worker), rangeBegin(worker + 1), microBatches);
  }

  private int rangeBegin(int worker) {
    return GradientTree.rangeBegin(worker, workers, microBatches);
  }
}
