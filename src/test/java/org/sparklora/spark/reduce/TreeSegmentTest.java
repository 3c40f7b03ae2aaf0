package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.message.Way;
import org.sparklora.spark.message.WorkerCost;
import org.sparklora.spark.message.WorkerMessage;
import org.sparklora.spark.tree.Pieces;
import org.sparklora.spark.tree.Round;
import org.sparklora.spark.tree.Site;
import org.sparklora.spark.tree.SumPiece;
import org.sparklora.spark.tree.SumTree;
import org.sparklora.spark.tree.TreeMessage;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;
import org.sparklora.util.SteadyClock;

/** The driver's end of a tree, without a network: four workers, each a process. */
class TreeSegmentTest {
  private static final int WORKERS = 4;

  private final AdapterOptimizer optimizer = TestOptimizers.adamW(WORKERS, 3);
  private final Segment segment =
      new Segment(
          optimizer,
          2,
          WORKERS,
          (result, seconds) -> {},
          SteadyClock.SYSTEM,
          new Way(true, new Pieces(3, 2, GradientType.FP32)));
  private final List<List<DriverMessage>> said = new ArrayList<>();
  private final List<ByteBuffer> answers = new ArrayList<>();

  @BeforeEach
  void allJoin() {
    for (int worker = 0; worker < WORKERS; worker++) {
      said.add(new ArrayList<>());
      join(worker, 0);
    }
  }

  @Test
  void allAreToldTheTreeWhenTheLastOneIsThere() {
    assertThat(said).allMatch(each -> each.size() == 1);
    DriverMessage.Route route = route(2);
    assertThat(route.round()).isEqualTo(1);
    assertThat(route.step()).isZero();
    assertThat(route.tree().stations()).hasSize(6);
    say(2, new WorkerMessage.Fetch(sender(2, 0)));
    assertThat(last(2)).isInstanceOf(DriverMessage.Compute.class);
  }

  @Test
  void theFirstAdapterGoesDownTheTree() {
    SumTree tree = route(0).tree();
    SumTree.Station top =
        tree.stations().stream()
            .filter(station -> station.above() == SumTree.DRIVER)
            .findFirst()
            .orElseThrow();
    for (int piece = 0; piece < 2; piece++) {
      segment.receive(ask(1, top.number(), piece), answers::add);
    }
    segment.receive(ask(7, top.number(), 0), answers::add);
    assertThat(answers.get(0).remaining()).isEqualTo(answers.get(1).remaining() + Float.BYTES);
    assertThat(answers.get(2).remaining()).as("of another round").isEqualTo(1);
    assertThatThrownBy(() -> segment.receive(ask(1, top.number(), 2), answers::add))
        .hasMessageStartingWith("Invalid frame");
  }

  private static TreeMessage.Ask ask(int round, int station, int piece) {
    return new TreeMessage.Ask(1, new Round(1, round), station, SumTree.DRIVER, 0, piece);
  }

  @Test
  void aStepIsCompleteWhenAllSumsAndAllWorkersHaveCome() {
    sendSums(1, route(0).tree());
    for (int worker = 0; worker < WORKERS; worker++) {
      assertThat(optimizer.state().step()).isZero();
      ready(worker, 1);
    }
    assertThat(optimizer.state().step()).isEqualTo(1);
    assertThat(said).allMatch(each -> each.get(each.size() - 1) instanceof DriverMessage.Next);
    assertThat(answers).hasSize(4).allMatch(answer -> answer.remaining() > 1);
    AdapterOptimizer direct = TestOptimizers.adamW(WORKERS, 3);
    direct.apply(new MicroBatchGradient(4, new float[] {6, 6, 6}));
    assertThat(optimizer.state().values()).isEqualTo(direct.state().values());
  }

  @Test
  void aLostWorkerEndsTheTreeAndAnotherOneFollows() {
    SumTree first = route(0).tree();
    ready(0, 1);
    sendSums(1, first);
    segment.lose(sender(3, 0));
    assertThat(answers).hasSize(4).allMatch(answer -> answer.remaining() == 1);
    ready(1, 1);
    ready(2, 1);
    assertThat(said.get(1)).as("waits for the fourth").hasSize(1);
    join(3, 1);
    for (int worker = 0; worker < WORKERS; worker++) {
      assertThat(route(worker).round()).isEqualTo(2);
      assertThat(route(worker).step()).isZero();
    }
    answers.clear();
    sendSums(1, first);
    assertThat(answers).as("of the first tree").allMatch(answer -> answer.remaining() == 1);
    sendSums(2, route(0).tree());
    for (int worker = 0; worker < WORKERS; worker++) {
      ready(worker, 2);
    }
    assertThat(optimizer.state().step()).isEqualTo(1);
  }

  @Test
  void aProcessThatCannotBeReachedSumsForNoOther() {
    SumTree tree = route(0).tree();
    String inner =
        tree.stations().stream()
            .filter(station -> !station.ofWorkers())
            .findFirst()
            .orElseThrow()
            .site()
            .executor();
    ready(0, 1);
    say(0, new WorkerMessage.Unreachable(sender(0, 0), 1, inner));
    assertThat(route(0).round()).isEqualTo(2);
    assertThat(route(0).tree().stations())
        .filteredOn(station -> !station.ofWorkers())
        .extracting(station -> station.site().executor())
        .doesNotContain(inner)
        .hasSize(1);
    ready(1, 1);
    assertThat(route(1).round()).as("it learns of it when it has computed").isEqualTo(2);
  }

  @Test
  void whoeverMissesTheNextAdapterGetsAnotherTree() {
    join(2, 0);
    assertThat(route(2).round()).isEqualTo(2);
  }

  @Test
  void theEndSendsEverybodyHome() {
    ready(0, 1);
    segment.stop();
    assertThat(last(0)).isInstanceOf(DriverMessage.Leave.class);
    ready(1, 1);
    assertThat(last(1)).isInstanceOf(DriverMessage.Leave.class);
  }

  private void join(int worker, int attempt) {
    Site site = new Site("host", "executor " + worker, 4000 + worker);
    say(worker, new WorkerMessage.Arrive(sender(worker, attempt), "a CPU", site));
    say(worker, new WorkerMessage.Join(sender(worker, attempt)));
  }

  private void ready(int worker, int round) {
    int attempt = worker == 3 && round == 2 ? 1 : 0;
    say(
        worker,
        new WorkerMessage.Ready(
            sender(worker, attempt), round, optimizer.state().step(), WorkerCost.UNKNOWN));
  }

  /** What the topmost stations send, each micro-batch's gradient being its number. */
  private void sendSums(int round, SumTree tree) {
    for (SumTree.Station station : tree.stations()) {
      for (int piece = 0; station.above() == SumTree.DRIVER && piece < 2; piece++) {
        Map<GradientTree.Node, SumPiece> sums = new TreeMap<>();
        for (GradientTree.Node node : tree.sumsOf(station.number())) {
          float[] values = new float[piece == 0 ? 2 : 1];
          int first = node.index() << node.level();
          int count = 1 << node.level();
          Arrays.fill(values, (2 * first + count - 1) * count / 2f);
          sums.put(node, SumPiece.of(new MicroBatchGradient(count, values)));
        }
        segment.receive(
            new TreeMessage.Sums(
                1,
                new Round(1, round),
                station.number(),
                station.above(),
                0,
                piece,
                GradientType.FP32,
                sums),
            answers::add);
      }
    }
  }

  private void say(int worker, WorkerMessage message) {
    segment.receive(
        WorkerMessage.decode(message.encode(), 3),
        answer -> said.get(worker).add(DriverMessage.decode(answer)));
  }

  private DriverMessage last(int worker) {
    return said.get(worker).get(said.get(worker).size() - 1);
  }

  private DriverMessage.Route route(int worker) {
    return (DriverMessage.Route) last(worker);
  }

  private static WorkerMessage.Sender sender(int worker, int attempt) {
    return new WorkerMessage.Sender(1, 1, worker, attempt, "here");
  }
}
