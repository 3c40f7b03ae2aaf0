package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.train.step.StepTiming;
import org.sparklora.util.SteadyClock;

class SegmentTest {
  private static final long RUN = 7;

  private final AdapterOptimizer optimizer = TestOptimizers.adamW(2, 2);
  private final Segment segment =
      new Segment(optimizer, 2, 2, (result, seconds) -> {}, SteadyClock.SYSTEM);

  @Test
  void answersWhenAllWorkersHavePushed() {
    List<DriverMessage> answers = new ArrayList<>();
    send(push(0, 0, 0, 1f), answers);
    assertThat(answers).isEmpty();
    send(push(1, 0, 0, 3f), answers);
    assertThat(answers)
        .hasSize(2)
        .allMatch(a -> a instanceof DriverMessage.Compute c && c.state().step() == 1);
  }

  @Test
  void theEndOfTheSegmentSendsEverybodyHome() {
    List<DriverMessage> answers = new ArrayList<>();
    for (long step = 0; step < 2; step++) {
      send(push(0, 0, step, 1f), answers);
      send(push(1, 0, step, 1f), answers);
    }
    assertThat(answers.get(3)).isInstanceOf(DriverMessage.Leave.class);
    assertThat(segment.isOver()).isTrue();
    send(new WorkerMessage.Join(sender(0, 1)), answers);
    assertThat(answers.get(4)).isInstanceOf(DriverMessage.Leave.class);
  }

  @Test
  void aNewerAttemptSupersedesTheOlderOne() {
    List<DriverMessage> old = new ArrayList<>();
    List<DriverMessage> retry = new ArrayList<>();
    send(push(0, 0, 0, 1f), old);
    send(new WorkerMessage.Join(sender(0, 1)), retry);
    assertThat(old).singleElement().isInstanceOf(DriverMessage.Superseded.class);
    assertThat(retry).singleElement().isInstanceOf(DriverMessage.Compute.class);
    send(push(0, 0, 0, 1f), old);
    assertThat(old.get(1)).isInstanceOf(DriverMessage.Superseded.class);
  }

  @Test
  void aStepTellsTheMemoryOfTheFullestGpu() {
    List<StepTiming> timings = new ArrayList<>();
    Segment one =
        new Segment(
            TestOptimizers.adamW(2, 2),
            1,
            2,
            (result, timing) -> timings.add(timing),
            SteadyClock.SYSTEM);
    one.receive(push(0, 0, 0, 1f), answer -> {});
    one.receive(push(1, 0, 0, 1f), answer -> {});
    assertThat(timings).singleElement().extracting(t -> t.memory().device()).isEqualTo(11L);
  }

  @Test
  void aRepeatedPushCountsOnce() {
    List<DriverMessage> answers = new ArrayList<>();
    send(push(0, 0, 0, 1f), answers);
    send(push(0, 1, 0, 1f), answers);
    send(push(1, 0, 0, 3f), answers);
    AdapterOptimizer undisturbed = TestOptimizers.adamW(2, 2);
    undisturbed.apply(new MicroBatchGradient(2, new float[] {4f, 4f}));
    assertThat(optimizer.state().values()).isEqualTo(undisturbed.state().values());
  }

  /** Of six micro-batches the first worker has a pair and a single one, the second the reverse. */
  @Test
  void sumsMayComeWhileTheWorkerComputesTheOthers() {
    AdapterOptimizer six = TestOptimizers.adamW(6, 1);
    Segment two = new Segment(six, 2, 2, (result, seconds) -> {}, SteadyClock.SYSTEM);
    List<DriverMessage> answers = new ArrayList<>();
    Consumer<WorkerMessage> say =
        message -> two.receive(message, answer -> answers.add(DriverMessage.decode(answer)));
    WorkerMessage last =
        new WorkerMessage.Push(
            sender(0, 1), 0, WorkerCost.UNKNOWN, GradientType.FP32, sum(0, 2, 4));
    say.accept(part(0, 0, sum(1, 0, 3)));
    assertThatThrownBy(() -> say.accept(part(0, 0, sum(0, 3, 1)))).hasMessageContaining("owns");
    say.accept(part(0, 1, sum(1, 0, 3)));
    say.accept(last);
    WorkerMessage pair =
        new WorkerMessage.Push(
            sender(1, 0), 0, WorkerCost.UNKNOWN, GradientType.FP32, sum(2, 1, 1));
    assertThatThrownBy(() -> say.accept(pair)).as("one is missing").hasMessageContaining("owns");
    say.accept(part(1, 0, sum(0, 3, 8)));
    assertThat(answers).isEmpty();
    say.accept(pair);
    assertThat(answers).hasSize(2).allMatch(DriverMessage.Compute.class::isInstance);
    AdapterOptimizer undisturbed = TestOptimizers.adamW(6, 1);
    undisturbed.apply(new MicroBatchGradient(6, new float[] {16}));
    assertThat(six.state().values()).isEqualTo(undisturbed.state().values());
  }

  private static Map<GradientTree.Node, MicroBatchGradient> sum(int level, int index, float value) {
    return Map.of(
        new GradientTree.Node(level, index),
        new MicroBatchGradient(1 << level, new float[] {value}));
  }

  private static WorkerMessage part(
      int worker, int attempt, Map<GradientTree.Node, MicroBatchGradient> sums) {
    return new WorkerMessage.Part(sender(worker, attempt), 0, GradientType.FP32, sums);
  }

  @Test
  void aWorkerCannotPushForAnother() {
    Map<GradientTree.Node, MicroBatchGradient> others =
        Map.of(new GradientTree.Node(0, 1), new MicroBatchGradient(0, new float[2]));
    WorkerMessage push =
        new WorkerMessage.Push(sender(0, 0), 0, WorkerCost.UNKNOWN, GradientType.FP32, others);
    assertThatThrownBy(() -> send(push, new ArrayList<>()))
        .hasMessageContaining("owns micro-batches");
    assertThatThrownBy(() -> send(new WorkerMessage.Join(sender(2, 0)), new ArrayList<>()))
        .hasMessageContaining("Invalid worker: 2");
  }

  @Test
  void saysWhomItWaitsFor() {
    send(push(1, 3, 0, 1f), new ArrayList<>());
    assertThat(segment.waitingFor())
        .contains("step 0")
        .contains("0=not started")
        .doesNotContain("1=");
  }

  @Test
  void framesSurviveTheWire() {
    WorkerMessage.Push sent = push(1, 4, 9, 2.5f);
    WorkerMessage.Push read = (WorkerMessage.Push) WorkerMessage.decode(sent.encode(), 2);
    assertThat(read.sender()).isEqualTo(sent.sender());
    assertThat(read.step()).isEqualTo(9);
    assertThat(read.cost()).isEqualTo(new WorkerCost(0.5, 0.25, 7, 11));
    assertThat(read.sums().values().iterator().next().values()).containsExactly(2.5f, 2.5f);
  }

  @Test
  void aPartSurvivesTheWire() {
    WorkerMessage.Part read =
        (WorkerMessage.Part) WorkerMessage.decode(part(1, 2, sum(1, 3, 2.5f)).encode(), 1);
    assertThat(read.sender()).isEqualTo(sender(1, 2));
    assertThat(read.sums().get(new GradientTree.Node(1, 3)).values()).containsExactly(2.5f);
  }

  @Test
  void framesThatLieAreRefused() {
    ByteBuffer frame = push(0, 0, 0, 1f).encode();
    for (int length = 0; length < frame.capacity(); length++) {
      ByteBuffer cut = frame.duplicate().limit(length);
      assertThatThrownBy(() -> WorkerMessage.decode(cut, 2))
          .hasMessageStartingWith("Invalid frame");
    }
    assertThatThrownBy(() -> WorkerMessage.decode(frame.duplicate(), 3))
        .hasMessageContaining("2 values, not 3");
    ByteBuffer foreign =
        ByteBuffer.wrap(
            "GET / HTTP/1.1\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> WorkerMessage.decode(foreign, 2))
        .hasMessageContaining("not of this protocol");
  }

  private void send(WorkerMessage message, List<DriverMessage> answers) {
    segment.receive(message, answer -> answers.add(DriverMessage.decode(answer)));
  }

  private static WorkerMessage.Sender sender(int worker, int attempt) {
    return new WorkerMessage.Sender(RUN, 1, worker, attempt, "here");
  }

  private static WorkerMessage.Push push(int worker, int attempt, long step, float gradient) {
    Map<GradientTree.Node, MicroBatchGradient> sums =
        Map.of(
            new GradientTree.Node(0, worker),
            new MicroBatchGradient(1, new float[] {gradient, gradient}));
    return new WorkerMessage.Push(
        sender(worker, attempt), step, new WorkerCost(0.5, 0.25, 7, 11), GradientType.FP32, sums);
  }
}
