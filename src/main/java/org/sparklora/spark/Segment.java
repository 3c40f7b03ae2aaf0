package org.sparklora.spark;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.sparklora.train.GradientTree;
import org.sparklora.train.MicroBatchGradient;
import org.sparklora.train.StepListener;
import org.sparklora.train.StepOptimizer;
import org.sparklora.train.StepResult;

/**
 * The driver's side of a segment: who has joined, what has come of the current step, who waits. It
 * knows no network; an answer is a callback.
 */
final class Segment {
  private static final class Worker {
    private int attempt = -1;
    private String host = "";
    private boolean pushed;
    private long lastSeen;
    private Optional<Consumer<ByteBuffer>> waiting = Optional.empty();
  }

  private final StepOptimizer optimizer;
  private final long endStep;
  private final StepListener listener;
  private final List<Worker> workers = new ArrayList<>();
  private GradientTree tree;
  private ByteBuffer current;
  private long stepBegan = System.nanoTime();
  private Optional<RuntimeException> failure = Optional.empty();

  /**
   * @param endStep the first step that is not of this segment
   * @param partitions number of workers
   */
  Segment(StepOptimizer optimizer, long endStep, int partitions, StepListener listener) {
    this.optimizer = optimizer;
    this.endStep = endStep;
    this.listener = listener;
    for (int i = 0; i < partitions; i++) {
      workers.add(new Worker());
    }
    beginStep();
  }

  int parameters() {
    return optimizer.state().values().length;
  }

  /** Handles a worker's message; the answer may come at once or when the step is complete. */
  synchronized void receive(WorkerMessage message, Consumer<ByteBuffer> answer) {
    WorkerMessage.Sender sender = message.sender();
    if (sender.partition() < 0 || sender.partition() >= workers.size()) {
      throw new IllegalArgumentException(
          "Invalid worker: " + sender.partition() + " of " + workers.size());
    }
    Worker worker = workers.get(sender.partition());
    if (sender.attempt() < worker.attempt) {
      answer.accept(new DriverMessage.Superseded().encode());
      return;
    }
    if (sender.attempt() > worker.attempt) {
      worker.waiting.ifPresent(old -> old.accept(new DriverMessage.Superseded().encode()));
      worker.waiting = Optional.empty();
      worker.attempt = sender.attempt();
    }
    worker.host = sender.host();
    worker.lastSeen = System.nanoTime();
    if (isOver()) {
      answer.accept(new DriverMessage.Leave().encode());
    } else if (message instanceof WorkerMessage.Push push
        && push.step() == optimizer.state().step()) {
      push(worker, sender.partition(), push, answer);
    } else {
      answer.accept(current.duplicate());
    }
  }

  private void push(
      Worker worker, int partition, WorkerMessage.Push push, Consumer<ByteBuffer> answer) {
    worker.waiting = Optional.of(answer);
    // A retry recomputes what its forerunner may have sent already: the bits are the same.
    if (!worker.pushed) {
      requireOwn(partition, push);
      worker.pushed = true;
      new TreeMap<>(push.sums()).forEach(tree::add);
      if (tree.isComplete()) {
        completeStep(tree.total());
      }
    }
  }

  private void requireOwn(int partition, WorkerMessage.Push push) {
    int m = optimizer.microBatches();
    int begin = GradientTree.rangeBegin(partition, workers.size(), m);
    int end = GradientTree.rangeBegin(partition + 1, workers.size(), m);
    if (!push.sums().keySet().equals(GradientTree.ownedBy(begin, end, m))) {
      throw new IllegalArgumentException(
          "Invalid push: worker "
              + partition
              + " owns micro-batches "
              + begin
              + " to "
              + end
              + " and sent "
              + push.sums().keySet());
    }
  }

  private void completeStep(MicroBatchGradient total) {
    try {
      StepResult result = optimizer.apply(total);
      long now = System.nanoTime();
      double seconds = (now - stepBegan) / 1e9;
      stepBegan = now;
      beginStep();
      answerAll(isOver() ? new DriverMessage.Leave().encode() : current);
      listener.onStep(result, seconds);
    } catch (RuntimeException e) {
      failure = Optional.of(e);
      answerAll(new DriverMessage.Leave().encode());
    }
  }

  private void beginStep() {
    tree = new GradientTree(optimizer.microBatches());
    current = new DriverMessage.Compute(optimizer.state()).encode();
    workers.forEach(worker -> worker.pushed = false);
  }

  private void answerAll(ByteBuffer answer) {
    for (Worker worker : workers) {
      worker.waiting.ifPresent(waiting -> waiting.accept(answer.duplicate()));
      worker.waiting = Optional.empty();
    }
  }

  /** Whether workers should leave: the last step is done, or something failed on the driver. */
  synchronized boolean isOver() {
    return failure.isPresent() || optimizer.state().step() >= endStep;
  }

  /** What failed on the driver. */
  synchronized Optional<RuntimeException> failure() {
    return failure;
  }

  /** Seconds since the last step was completed. */
  synchronized double waitingSeconds() {
    return (System.nanoTime() - stepBegan) / 1e9;
  }

  /** The workers whose part of the current step has not come, for messages. */
  synchronized String waitingFor() {
    Map<Integer, String> missing = new TreeMap<>();
    for (int i = 0; i < workers.size(); i++) {
      Worker worker = workers.get(i);
      if (!worker.pushed) {
        missing.put(
            i,
            worker.attempt < 0
                ? "not started"
                : "host "
                    + worker.host
                    + ", attempt "
                    + worker.attempt
                    + ", last heard of "
                    + (System.nanoTime() - worker.lastSeen) / 1_000_000_000L
                    + " s ago");
      }
    }
    return "step " + optimizer.state().step() + " for workers " + missing;
  }
}
