package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.spark.tree.Site;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.StepMemory;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.SteadyClock;
import org.sparklora.util.Times;

/**
 * The workers of a segment. Knows of each which attempt counts, where it is, whether it is
 * connected, and whether it waits for an answer. Not thread-safe.
 */
final class Crew {
  /** One worker. */
  static final class Member {
    private final SteadyClock clock;
    private final int number;
    private int attempt = -1;
    private String place = "";
    private Optional<String> hardware = Optional.empty();
    private Site site = new Site("", "", 0);
    private boolean connected;
    private boolean joined;

    /** The number of the last tree whose place was sent to this attempt. */
    private int round;

    private long since;
    private boolean pushed;
    private final Set<GradientTree.Node> received = new HashSet<>();
    private WorkerCost cost = WorkerCost.UNKNOWN;
    private long askedToCompute;
    private Optional<Consumer<ByteBuffer>> waiting = Optional.empty();

    int number() {
      return number;
    }

    String place() {
      return place;
    }

    boolean hasPushed() {
      return pushed;
    }

    void pushes(WorkerCost cost) {
      pushed = true;
      this.cost = cost;
    }

    /**
     * Records that sums have arrived.
     *
     * @return those among them that had not arrived before, from this attempt or an earlier one
     */
    Map<GradientTree.Node, MicroBatchGradient> receives(
        Map<GradientTree.Node, MicroBatchGradient> sums) {
      Map<GradientTree.Node, MicroBatchGradient> fresh = new TreeMap<>(sums);
      fresh.keySet().removeAll(received);
      received.addAll(fresh.keySet());
      return fresh;
    }

    /** Whether all of these sums have arrived. */
    boolean hasSent(Set<GradientTree.Node> sums) {
      return received.containsAll(sums);
    }

    void waits(Consumer<ByteBuffer> answer) {
      waiting = Optional.of(answer);
    }

    void arrives(String hardware, Site site) {
      this.hardware = Optional.of(hardware);
      this.site = site;
    }

    /**
     * Sends the worker its place in a tree, if it waits for an answer and does not know that tree.
     */
    private void routes(int round, Supplier<DriverMessage> route) {
      if (waiting.isPresent() && this.round < round) {
        this.round = round;
        if (!joined) {
          joined = true;
          askedToCompute = clock.nanos();
        }
        answer(route.get().encode());
      }
    }

    /** Whether a tree can be made with the worker. */
    private boolean isHere() {
      return connected && (round > 0 || waiting.isPresent());
    }

    /** Sends the worker the step to compute. */
    void computes(Consumer<ByteBuffer> answer, ByteBuffer step) {
      joined = true;
      askedToCompute = clock.nanos();
      answer.accept(step.duplicate());
    }

    /** Seconds since the worker got the step that it computes. */
    double computingSeconds() {
      return (clock.nanos() - askedToCompute) / 1e9;
    }

    private void answer(ByteBuffer answer) {
      waiting.ifPresent(callback -> callback.accept(answer.duplicate()));
      waiting = Optional.empty();
    }

    private Member(int number, SteadyClock clock) {
      this.number = number;
      this.clock = clock;
      this.since = clock.nanos();
    }

    private double seconds() {
      return (clock.nanos() - since) / 1e9;
    }

    private String state() {
      String span = Times.span(Math.round(seconds()));
      if (attempt < 0) {
        return "not started for " + span;
      }
      String what =
          !connected
              ? "lost " + span + " ago"
              : joined ? "last heard of " + span + " ago" : "loading its model for " + span;
      return place + ", attempt " + attempt + ", " + what;
    }
  }

  private final List<Member> members = new ArrayList<>();
  private final SteadyClock clock;

  Crew(int workers, SteadyClock clock) {
    this.clock = clock;
    for (int i = 0; i < workers; i++) {
      members.add(new Member(i, clock));
    }
  }

  int size() {
    return members.size();
  }

  /**
   * Records that a message of a sender has arrived.
   *
   * @return the worker it speaks for; empty if a newer attempt has taken its place
   * @throws IllegalArgumentException if there is no such worker
   */
  Optional<Member> admit(WorkerMessage.Sender sender) {
    if (sender.partition() < 0 || sender.partition() >= members.size() || sender.attempt() < 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Invalid worker: %d of %d, attempt %d",
              sender.partition(),
              members.size(),
              sender.attempt()));
    }
    Member member = members.get(sender.partition());
    if (sender.attempt() < member.attempt) {
      return Optional.empty();
    }
    if (sender.attempt() > member.attempt) {
      member.answer(new DriverMessage.Superseded().encode());
      member.attempt = sender.attempt();
      member.joined = false;
      member.round = 0;
    }
    member.place = sender.place();
    member.connected = true;
    member.since = clock.nanos();
    return Optional.of(member);
  }

  /** Records that a sender's connection has ended. Returns whether it was that of a worker. */
  boolean lose(WorkerMessage.Sender sender) {
    Member member = members.get(sender.partition());
    if (member.attempt != sender.attempt()) {
      return false;
    }
    member.connected = false;
    member.since = clock.nanos();
    member.waiting = Optional.empty();
    return true;
  }

  /** Whether all workers are connected, and each of them computes or waits. */
  boolean allAreHere() {
    return members.stream().allMatch(Member::isHere);
  }

  boolean allHavePushed() {
    return members.stream().allMatch(Member::hasPushed);
  }

  /** The processes of the workers, in the order of the workers. */
  List<Site> sites() {
    return members.stream().map(member -> member.site).toList();
  }

  /** Spark's ids of the executors on which workers are connected. */
  Set<String> executors() {
    return members.stream()
        .filter(member -> member.connected)
        .map(member -> member.site.executor())
        .collect(Collectors.toSet());
  }

  /**
   * Sends all waiting workers their places in a tree that they do not know yet.
   *
   * @param round the number of the tree
   * @param route of a worker
   */
  void routeAll(int round, IntFunction<DriverMessage> route) {
    members.forEach(member -> member.routes(round, () -> route.apply(member.number)));
  }

  void beginStep() {
    for (Member member : members) {
      member.pushed = false;
      member.received.clear();
    }
  }

  /** Sends the next step to every worker that waits. */
  void computeAll(ByteBuffer step) {
    for (Member member : members) {
      Optional<Consumer<ByteBuffer>> waiting = member.waiting;
      member.waiting = Optional.empty();
      waiting.ifPresent(answer -> member.computes(answer, step));
    }
  }

  void answerAll(ByteBuffer answer) {
    members.forEach(member -> member.answer(answer));
  }

  /**
   * Returns how long the slowest worker took for its gradients, in seconds. All workers must have
   * pushed the step.
   */
  double slowestSeconds() {
    return members.stream()
        .mapToDouble(member -> member.cost.computeSeconds() + member.cost.dataSeconds())
        .max()
        .orElse(0);
  }

  /** Returns the memory of this process, of the largest worker process and of the fullest GPU. */
  StepMemory memory() {
    return new StepMemory(
        WorkerCost.residentBytesOfThisProcess(),
        most(WorkerCost::residentBytes),
        most(WorkerCost::deviceBytes));
  }

  private long most(ToLongFunction<WorkerCost> bytes) {
    return members.stream().mapToLong(member -> bytes.applyAsLong(member.cost)).max().orElse(0);
  }

  /**
   * Splits a step's seconds by activity, as the mean over the workers. All of them must have pushed
   * the step.
   *
   * @param driverSeconds in which all of them waited for the driver
   * @param begunAt when the segment began, if this is its first step
   */
  TimeSplit split(double seconds, double driverSeconds, OptionalLong begunAt) {
    double start =
        begunAt.isEmpty()
            ? 0
            : mean(member -> Math.max(0, (member.askedToCompute - begunAt.getAsLong()) / 1e9));
    return TimeSplit.of(
        seconds,
        mean(member -> member.cost.computeSeconds()),
        mean(member -> member.cost.dataSeconds()),
        driverSeconds,
        start);
  }

  private double mean(ToDoubleFunction<Member> quantity) {
    return members.stream().mapToDouble(quantity).average().orElse(0);
  }

  /** Number of workers that are connected. */
  int present() {
    return (int) members.stream().filter(member -> member.connected).count();
  }

  /**
   * The longest time that any worker has not been connected, in seconds; 0 if all are connected.
   */
  double absentSeconds() {
    return members.stream()
        .filter(member -> !member.connected)
        .mapToDouble(Member::seconds)
        .max()
        .orElse(0);
  }

  /** The hardware that workers compute on, each with the hosts that have it. */
  Map<String, Set<String>> hardware() {
    return members.stream()
        .filter(member -> member.hardware.isPresent())
        .collect(
            Collectors.groupingBy(
                member -> member.hardware.orElseThrow(),
                TreeMap::new,
                Collectors.mapping(Member::place, Collectors.toSet())));
  }

  String place(int worker) {
    return members.get(worker).place;
  }

  /** The workers whose part of the step has not arrived, each with its last known state. */
  Map<Integer, String> missing() {
    Map<Integer, String> missing = new TreeMap<>();
    members.stream()
        .filter(member -> !member.pushed)
        .forEach(member -> missing.put(member.number, member.state()));
    return missing;
  }
}
