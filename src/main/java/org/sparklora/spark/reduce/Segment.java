package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.Way;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.spark.tree.Gathering;
import org.sparklora.spark.tree.TreeAnswer;
import org.sparklora.spark.tree.TreeMessage;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.StepListener;
import org.sparklora.train.step.StepOptimizer;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.util.SteadyClock;

/**
 * The driver's side of a segment. It collects the sums of the current step and answers the workers.
 * It does not use the network itself: an answer is a callback. Messages may arrive on many threads;
 * sums are added outside the lock.
 */
final class Segment {
  private final StepOptimizer optimizer;
  private final StepListener listener;
  private final SteadyClock clock;
  private final Crew crew;
  private final WorkerPace pace;
  private final StepFrame frame = new StepFrame();
  private final Way way;
  private final OwnSums own;
  private final Optional<TreeExchange> exchange;
  private final long firstStep;
  private long endStep;
  private GradientTree tree;

  private long stepBegan;
  private OptionalLong begunAt;

  /** Seconds that encoding and sending the current step took. They count as a part of that step. */
  private double sendSeconds;

  private boolean stopped;
  private Optional<Throwable> failure = Optional.empty();
  private Instant lastArrival = Instant.now();
  private Instant lastJoin = lastArrival;

  /** A segment whose workers talk to the driver directly. */
  Segment(
      StepOptimizer optimizer,
      long endStep,
      int partitions,
      StepListener listener,
      SteadyClock clock) {
    this(
        optimizer,
        endStep,
        partitions,
        listener,
        clock,
        Way.direct(optimizer.state().values().length, GradientType.FP32));
  }

  /**
   * @param endStep the first step after this segment
   * @param partitions number of workers
   * @param way that gradients take
   */
  Segment(
      StepOptimizer optimizer,
      long endStep,
      int partitions,
      StepListener listener,
      SteadyClock clock,
      Way way) {
    this.way = way;
    this.exchange =
        way.overTree()
            ? Optional.of(new TreeExchange(way.pieces(), optimizer.microBatches()))
            : Optional.empty();
    this.own = new OwnSums(partitions, optimizer.microBatches(), way.type());
    this.optimizer = optimizer;
    this.firstStep = optimizer.state().step();
    this.endStep = endStep;
    this.listener = listener;
    this.clock = clock;
    this.stepBegan = clock.nanos();
    this.begunAt = OptionalLong.of(stepBegan);
    this.crew = new Crew(partitions, clock);
    this.pace = new WorkerPace(partitions);
    beginStep();
  }

  int microBatches() {
    return optimizer.microBatches();
  }

  int parameters() {
    return optimizer.state().values().length;
  }

  int workers() {
    return crew.size();
  }

  Way way() {
    return way;
  }

  /** Returns the length of the longest frame that a worker of the segment sends, in bytes. */
  long mostFrameBytes() {
    if (exchange.isPresent()) {
      return exchange.get().mostFrameBytes();
    }
    return WorkerMessage.mostBytes(own.most(), parameters(), way.type());
  }

  /** Handles a worker's message. The answer is given at once or when the step is complete. */
  void receive(WorkerMessage message, Consumer<ByteBuffer> answer) {
    Optional<Addition> accepted = accept(message, answer);
    if (accepted.isPresent()) {
      GradientTree into = accepted.get().tree();
      accepted.get().sums().forEach(into::add);
      completeIfAllHaveCome(into);
    }
  }

  /** Sums to add to a tree. */
  private record Addition(GradientTree tree, Map<GradientTree.Node, MicroBatchGradient> sums) {}

  /**
   * Handles sums of subtrees, and requests for the adapter, from the topmost stations of a tree.
   */
  void receive(TreeMessage.InRound message, Consumer<ByteBuffer> answer) {
    Optional<Gathering> into = accept(message);
    if (into.isEmpty()) {
      answer.accept(TreeAnswer.broken());
    } else if (!(message instanceof TreeMessage.Sums sums)) {
      answer.accept(TreeAnswer.encode(optimizer.state(), way.pieces(), message.piece()));
    } else if (into.get().add(sums.piece(), sums.sums(), answer)) {
      completeIfAllHaveCome();
    }
  }

  private synchronized Optional<Gathering> accept(TreeMessage.InRound message) {
    return isOver()
        ? Optional.empty()
        : exchange.flatMap(tree -> tree.accept(message, optimizer.state().step()));
  }

  /**
   * Handles a message under the lock. Returns the sums to add outside the lock; empty if there are
   * none.
   */
  private synchronized Optional<Addition> accept(
      WorkerMessage message, Consumer<ByteBuffer> answer) {
    Optional<Crew.Member> admitted = crew.admit(message.sender());
    if (admitted.isEmpty()) {
      answer.accept(new DriverMessage.Superseded().encode());
      return Optional.empty();
    }
    Crew.Member worker = admitted.get();
    if (message instanceof WorkerMessage.Arrive arrive) {
      worker.arrives(arrive.hardware(), arrive.site());
      lastArrival = Instant.now();
      return Optional.empty();
    }
    if (isOver()) {
      answer.accept(new DriverMessage.Leave().encode());
      return Optional.empty();
    }
    if (message instanceof WorkerMessage.Part part) {
      return accept(worker, part);
    }
    if (exchange.isPresent() && !(message instanceof WorkerMessage.Fetch)) {
      accept(exchange.get(), worker, message, answer);
      return Optional.empty();
    }
    if (!(message instanceof WorkerMessage.Push push) || push.step() != optimizer.state().step()) {
      pace.forget(worker.number());
      lastJoin = Instant.now();
      worker.computes(answer, frame.of(optimizer.state()));
      return Optional.empty();
    }
    own.requireAll(worker, push);
    Optional<Addition> addition = accept(worker, push);
    boolean pushedBefore = worker.hasPushed();
    worker.waits(answer);
    if (!pushedBefore) {
      worker.pushes(push.cost());
      pace.add(worker.number(), worker.computingSeconds() / own.microBatches(worker.number()));
    }
    return addition;
  }

  /**
   * Takes sums of a worker. A retry computes sums again that an earlier attempt may have sent
   * already; their bits are the same, so only new ones are added.
   */
  private Optional<Addition> accept(Crew.Member worker, WorkerMessage.WithSums message) {
    if (exchange.isPresent() || message.step() != optimizer.state().step()) {
      return Optional.empty();
    }
    own.requireOwn(worker.number(), message);
    Map<GradientTree.Node, MicroBatchGradient> fresh = worker.receives(message.sums());
    return fresh.isEmpty() ? Optional.empty() : Optional.of(new Addition(tree, fresh));
  }

  /** Handles a message of a worker whose sums go over a tree. */
  private void accept(
      TreeExchange tree, Crew.Member worker, WorkerMessage message, Consumer<ByteBuffer> answer) {
    if (message instanceof WorkerMessage.Unreachable broken) {
      if (tree.isRound(broken.round())) {
        tree.giveUp(Optional.of(broken.executor()));
      }
    } else if (message instanceof WorkerMessage.Ready ready
        && ready.step() == optimizer.state().step()) {
      worker.waits(answer);
      if (tree.isRound(ready.round()) && !worker.hasPushed()) {
        worker.pushes(ready.cost());
        pace.add(worker.number(), ready.cost().seconds() / tree.microBatches(worker.number()));
        completeIfAllHaveCome();
      }
    } else {
      lastJoin = Instant.now();
      worker.waits(answer);
      tree.giveUp(Optional.empty());
    }
    routeIfAllAreHere(tree);
  }

  private void routeIfAllAreHere(TreeExchange tree) {
    if (isOver() || (!tree.isPlanned() && !crew.allAreHere())) {
      return;
    }
    if (!tree.isPlanned()) {
      tree.plan(crew.sites());
      crew.beginStep();
    }
    crew.routeAll(tree.round(), worker -> tree.route(worker, optimizer.state().step()));
  }

  private synchronized void completeIfAllHaveCome() {
    if (!isOver() && crew.allHavePushed()) {
      exchange.flatMap(TreeExchange::total).ifPresent(this::complete);
    }
  }

  private synchronized void completeIfAllHaveCome(GradientTree added) {
    if (added != tree || isOver() || !tree.isComplete()) {
      return;
    }
    complete(tree.total());
  }

  private void complete(MicroBatchGradient total) {
    long allPushed = clock.nanos();
    try {
      StepResult result = optimizer.apply(total);
      long now = clock.nanos();
      StepTiming timing = timing(now, (now - allPushed) / 1e9 + sendSeconds);
      stepBegan = now;
      begunAt = OptionalLong.empty();
      if (isOver()) {
        crew.answerAll(new DriverMessage.Leave().encode());
        exchange.ifPresent(TreeExchange::end);
      } else if (exchange.isPresent()) {
        exchange.get().answer(optimizer.state());
        beginStep();
        crew.answerAll(new DriverMessage.Next().encode());
      } else {
        beginStep();
        crew.computeAll(frame.of(optimizer.state()));
      }
      sendSeconds = (clock.nanos() - now) / 1e9;
      listener.onStep(result, timing);
    } catch (RuntimeException | Error e) {
      failure = Optional.of(e);
      crew.answerAll(new DriverMessage.Leave().encode());
      exchange.ifPresent(TreeExchange::end);
    }
  }

  private StepTiming timing(long now, double driverSeconds) {
    double seconds = (now - stepBegan) / 1e9;
    return new StepTiming(
        seconds,
        Math.max(0, seconds - crew.slowestSeconds()),
        crew.size(),
        crew.memory(),
        crew.split(seconds, driverSeconds, begunAt));
  }

  private void beginStep() {
    tree = new GradientTree(optimizer.microBatches(), way.type());
    frame.beginStep();
    exchange.ifPresent(TreeExchange::beginStep);
    crew.beginStep();
  }

  /** Records that a worker's connection has ended. */
  synchronized void lose(WorkerMessage.Sender sender) {
    if (crew.lose(sender)) {
      exchange.ifPresent(tree -> tree.giveUp(Optional.empty()));
    }
  }

  /** Ends the segment at once and drops the sums of the current step. */
  synchronized void stop() {
    stopped = true;
    crew.answerAll(new DriverMessage.Leave().encode());
    exchange.ifPresent(TreeExchange::end);
  }

  /** Ends the segment when the current step is done. */
  synchronized void endAfterThisStep() {
    endStep = Math.min(endStep, optimizer.state().step() + 1);
  }

  /**
   * Whether workers should leave, because the last step is done or something failed on the driver.
   */
  synchronized boolean isOver() {
    return stopped || failure.isPresent() || optimizer.state().step() >= endStep;
  }

  /** The failure on the driver, if there was one. */
  synchronized Optional<Throwable> failure() {
    return failure;
  }

  /** The step that is being computed. */
  synchronized long step() {
    return optimizer.state().step();
  }

  /** Whether its first step is still being computed. */
  boolean isCold() {
    return step() == firstStep;
  }

  /** Seconds since the last step was completed. */
  synchronized double waitingSeconds() {
    return (clock.nanos() - stepBegan) / 1e9;
  }

  /** When the most recent worker arrived. */
  synchronized Instant lastArrival() {
    return lastArrival;
  }

  /**
   * When the most recent worker asked for its first step, which it does once it has loaded the
   * model.
   */
  synchronized Instant lastJoin() {
    return lastJoin;
  }

  /** Number of workers that are connected. */
  synchronized int present() {
    return crew.present();
  }

  /** Spark's ids of the executors on which workers are connected. */
  synchronized Set<String> executors() {
    return crew.executors();
  }

  /**
   * The longest time that any worker has not been connected, in seconds; 0 if all are connected.
   */
  synchronized double absentSeconds() {
    return crew.absentSeconds();
  }

  /** The message about a worker that keeps the others waiting, if there is one. */
  synchronized Optional<String> slowWorker() {
    return pace.slow().map(slow -> slow.text(crew.place(slow.worker())));
  }

  /** The hardware that workers compute on, each with the hosts that have it. */
  synchronized Map<String, Set<String>> hardware() {
    return crew.hardware();
  }

  /** Returns, for messages, the workers whose part of the current step has not arrived. */
  synchronized String waitingFor() {
    return "step " + optimizer.state().step() + " for workers " + crew.missing();
  }
}
