package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.spark.tree.Site;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.SteadyClock;

/**
 * Workers in this thread, by a clock that is set: each computes a step whenever the driver looks.
 * They speak to a real segment in real messages.
 */
final class SimulatedWorkers implements Workers {
  /** Passes when somebody sleeps, and whenever the driver looks. */
  final class Clock implements SteadyClock {
    private long nanos = Long.MAX_VALUE - 10; // it may overflow meanwhile

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public void sleep(long millis) {
      nanos += Duration.ofMillis(millis).toNanos();
      looks++;
      onLook.accept(SimulatedWorkers.this);
    }
  }

  /** One of them. */
  static final class Worker {
    private final Segment segment;
    private final int number;
    private final int of;
    private int attempt;
    private Optional<DriverMessage> answer = Optional.empty();
    private boolean joined;
    private boolean gone;
    private boolean stuck;
    private boolean stays;

    private Worker(Segment segment, int number, int of) {
      this.segment = segment;
      this.number = number;
      this.of = of;
    }

    /** Its machine is gone. */
    void lose() {
      if (!gone) {
        gone = true;
        segment.lose(sender());
      }
    }

    /** Another task takes its place. */
    void startAgain() {
      attempt++;
      gone = false;
      joined = false;
      answer = Optional.empty();
    }

    /** It does not leave when it is told to. */
    void stay() {
      stays = true;
    }

    /** It computes no more. */
    void getStuck() {
      stuck = true;
    }

    private boolean hasLeft() {
      return !stays && answer.filter(DriverMessage.Leave.class::isInstance).isPresent();
    }

    private void arrive(String hardware) {
      say(
          new WorkerMessage.Arrive(
              sender(), hardware, new Site("host " + number, String.valueOf(number), 0)));
    }

    private void turn() {
      if (gone || stuck || hasLeft()) {
        return;
      }
      if (!joined) {
        joined = true;
        say(new WorkerMessage.Join(sender()));
      } else if (answer.isPresent() && answer.get() instanceof DriverMessage.Compute compute) {
        answer = Optional.empty();
        say(push(compute.state()));
      }
    }

    private WorkerMessage push(AdapterState state) {
      int microBatches = segment.microBatches();
      GradientTree tree = new GradientTree(microBatches);
      int end = GradientTree.rangeBegin(number + 1, of, microBatches);
      for (int i = GradientTree.rangeBegin(number, of, microBatches); i < end; i++) {
        tree.add(i, gradient(state, i));
      }
      return new WorkerMessage.Push(
          sender(), state.step(), WorkerCost.UNKNOWN, GradientType.FP32, tree.sums());
    }

    private void say(WorkerMessage message) {
      Consumer<ByteBuffer> take = frame -> answer = Optional.of(DriverMessage.decode(frame));
      segment.receive(WorkerMessage.decode(message.encode(), segment.parameters()), take);
    }

    private WorkerMessage.Sender sender() {
      return new WorkerMessage.Sender(1, 1, number, attempt, "host " + number);
    }
  }

  final Clock clock = new Clock();
  final List<Integer> segments = new ArrayList<>();
  int slots;
  int expected;
  int looks;
  Consumer<SimulatedWorkers> onLook = look -> {};
  Optional<Exception> failure = Optional.empty();
  IntFunction<String> hardware = number -> "amd64, cpu";
  List<Worker> working = List.of();

  /** Executors that will be taken away; each has one worker, of the same number. */
  final Set<String> leaving = new HashSet<>();

  SimulatedWorkers(int slots) {
    this.slots = slots;
    this.expected = slots;
  }

  private static MicroBatchGradient gradient(AdapterState state, int microBatch) {
    float[] values =
        KeyedRandom.of(1, Purpose.NOISE, state.step(), microBatch).normals(state.values().length);
    for (int i = 0; i < values.length; i++) {
      values[i] += state.values()[i];
    }
    return new MicroBatchGradient(values[0], values);
  }

  @Override
  public int slots() {
    return slots;
  }

  @Override
  public int expectedSlots() {
    return expected;
  }

  @Override
  public boolean isLeaving(String executor) {
    return leaving.contains(executor);
  }

  @Override
  public Job start(Segment segment, int workers, long endStep) {
    segments.add(workers);
    List<Worker> started = new ArrayList<>();
    for (int i = 0; i < workers; i++) {
      Worker worker = new Worker(segment, i, workers);
      worker.arrive(hardware.apply(i));
      started.add(worker);
    }
    working = started;
    return new Job() {
      @Override
      public boolean await(long millis) throws ExecutionException {
        clock.sleep(millis);
        if (failure.isPresent()) {
          Exception why = failure.get();
          failure = Optional.empty();
          throw new ExecutionException(why);
        }
        started.forEach(Worker::turn);
        return started.stream().allMatch(Worker::hasLeft);
      }

      @Override
      public void cancel() {}
    };
  }

  @Override
  public List<Double> heldOutLosses(AdapterState state, int batches, int slots) {
    return List.of();
  }

  @Override
  public long strangersClosed() {
    return 0;
  }

  @Override
  public void close() {}
}
