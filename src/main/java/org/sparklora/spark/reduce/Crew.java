package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * The workers of a segment: which attempt counts, where it is, whether it is connected, whether it
 * waits for an answer. Not thread-safe.
 */
final class Crew {
  /** One of them. */
  static final class Member {
    private final int number;
    private int attempt = -1;
    private String place = "";
    private Optional<String> hardware = Optional.empty();
    private boolean connected;
    private boolean joined;
    private long since = System.nanoTime();
    private boolean pushed;
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

    void waits(Consumer<ByteBuffer> answer) {
      waiting = Optional.of(answer);
    }

    void arrives(String hardware) {
      this.hardware = Optional.of(hardware);
    }

    /** Sends the step to compute. */
    void computes(Consumer<ByteBuffer> answer, ByteBuffer step) {
      joined = true;
      askedToCompute = System.nanoTime();
      answer.accept(step.duplicate());
    }

    /** Seconds since it was sent the step it computes. */
    double computingSeconds() {
      return (System.nanoTime() - askedToCompute) / 1e9;
    }

    private void answer(ByteBuffer answer) {
      waiting.ifPresent(callback -> callback.accept(answer.duplicate()));
      waiting = Optional.empty();
    }

    private Member(int number) {
      this.number = number;
    }

    private double seconds() {
      return (System.nanoTime() - since) / 1e9;
    }

    private String state() {
      long seconds = Math.round(seconds());
      if (attempt < 0) {
        return "not started for " + seconds + " s";
      }
      String what =
          !connected
              ? "lost " + seconds + " s ago"
              : joined
                  ? "last heard of " + seconds + " s ago"
                  : "loading its model for " + seconds + " s";
      return place + ", attempt " + attempt + ", " + what;
    }
  }

  private final List<Member> members = new ArrayList<>();

  Crew(int workers) {
    for (int i = 0; i < workers; i++) {
      members.add(new Member(i));
    }
  }

  int size() {
    return members.size();
  }

  /**
   * Takes note of a sender.
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
    }
    member.place = sender.place();
    member.connected = true;
    member.since = System.nanoTime();
    return Optional.of(member);
  }

  /** Takes note that a sender's connection has ended. */
  void lose(WorkerMessage.Sender sender) {
    Member member = members.get(sender.partition());
    if (member.attempt == sender.attempt()) {
      member.connected = false;
      member.since = System.nanoTime();
      member.waiting = Optional.empty();
    }
  }

  void beginStep() {
    members.forEach(member -> member.pushed = false);
  }

  /** Sends everybody who waits the next step. */
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

  /** Of a step that all have pushed: the slowest's seconds and the largest process's memory. */
  WorkerCost mostCost() {
    return new WorkerCost(
        members.stream().mapToDouble(member -> member.cost.computeSeconds()).max().orElse(0),
        members.stream().mapToLong(member -> member.cost.residentBytes()).max().orElse(0));
  }

  /** Number of workers that are connected. */
  int present() {
    return (int) members.stream().filter(member -> member.connected).count();
  }

  /** How long a worker has not been connected, in seconds: the longest; 0 if all are. */
  double absentSeconds() {
    return members.stream()
        .filter(member -> !member.connected)
        .mapToDouble(Member::seconds)
        .max()
        .orElse(0);
  }

  /** What the workers compute on, and where. */
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

  /** The workers whose part of the step has not come, and what is known of them. */
  Map<Integer, String> missing() {
    Map<Integer, String> missing = new TreeMap<>();
    members.stream()
        .filter(member -> !member.pushed)
        .forEach(member -> missing.put(member.number, member.state()));
    return missing;
  }
}
