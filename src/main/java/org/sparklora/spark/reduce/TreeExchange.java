package org.sparklora.spark.reduce;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.spark.message.DriverMessage;
import org.sparklora.spark.tree.Gathering;
import org.sparklora.spark.tree.Pieces;
import org.sparklora.spark.tree.Site;
import org.sparklora.spark.tree.Span;
import org.sparklora.spark.tree.SumTree;
import org.sparklora.spark.tree.TreeAnswer;
import org.sparklora.spark.tree.TreeMessage;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * The driver's end of the tree over which a segment's gradients come. A tree is made when all
 * workers are connected. If a worker is lost, or a process cannot be reached, the tree is given up.
 * The next tree belongs to the next round, and workers send their sums of the step again. Not
 * thread-safe.
 */
final class TreeExchange {
  private static final Logger LOG = LoggerFactory.getLogger(TreeExchange.class);

  private final Pieces pieces;
  private final int microBatches;
  private final Set<GradientTree.Node> total;
  private final Set<String> unreachable = new HashSet<>();
  private Optional<SumTree> tree = Optional.empty();
  private Gathering root;
  private int round;

  /** The range of micro-batches of each worker. It is chosen with the first tree and then stays. */
  private List<Span> spans = List.of();

  TreeExchange(Pieces pieces, int microBatches) {
    this.pieces = pieces;
    this.microBatches = microBatches;
    this.total = GradientTree.ownedBy(0, microBatches, microBatches);
    beginStep();
  }

  long mostFrameBytes() {
    return TreeMessage.mostBytes(microBatches, pieces);
  }

  /** Whether there is a tree. */
  boolean isPlanned() {
    return tree.isPresent();
  }

  boolean isRound(int number) {
    return isPlanned() && round == number;
  }

  int round() {
    return round;
  }

  /**
   * Begins a round.
   *
   * @param sites the process of each worker
   */
  void plan(List<Site> sites) {
    if (spans.isEmpty()) {
      spans = spansBySite(sites);
    }
    Map<Site, List<Span>> bySite = new TreeMap<>();
    for (int worker = 0; worker < sites.size(); worker++) {
      bySite.computeIfAbsent(sites.get(worker), site -> new ArrayList<>()).add(spans.get(worker));
    }
    List<SumTree.Group> groups = new ArrayList<>();
    bySite.forEach(
        (site, of) -> {
          List<Span> sorted = of.stream().sorted(Comparator.comparingInt(Span::begin)).toList();
          boolean takes = site.port() > 0 && !unreachable.contains(site.executor());
          groups.add(new SumTree.Group(site, sorted, takes));
        });
    groups.sort(Comparator.comparingInt(group -> group.spans().get(0).begin()));
    SumTree made = SumTree.of(groups, microBatches, pieces);
    round++;
    tree = Optional.of(made);
    beginStep();
    LOG.info("Gradients of {} workers are summed in {} (tree {})", sites.size(), text(made), round);
  }

  private static String text(SumTree tree) {
    if (tree.processes() == 1) {
      return "their executor, which sends the sum to the driver";
    }
    String executors = tree.processes() + " executors; ";
    return tree.depth() == 1
        ? executors + "each sends its sum to the driver"
        : executors + "a sum passes up to " + tree.depth() + " of them before the driver";
  }

  /** Gives the workers of one process adjacent micro-batches. */
  private List<Span> spansBySite(List<Site> sites) {
    List<Integer> order = new ArrayList<>();
    for (int worker = 0; worker < sites.size(); worker++) {
      order.add(worker);
    }
    order.sort(Comparator.comparing(sites::get));
    Span[] byWorker = new Span[sites.size()];
    for (int seat = 0; seat < order.size(); seat++) {
      byWorker[order.get(seat)] =
          new Span(
              GradientTree.rangeBegin(seat, sites.size(), microBatches),
              GradientTree.rangeBegin(seat + 1, sites.size(), microBatches));
    }
    return List.of(byWorker);
  }

  DriverMessage route(int worker, long step) {
    return new DriverMessage.Route(round, step, spans.get(worker), tree.orElseThrow());
  }

  /** Number of micro-batches of a worker. */
  int microBatches(int worker) {
    return spans.get(worker).end() - spans.get(worker).begin();
  }

  /**
   * Gives the tree up.
   *
   * @param executor that others could not reach, if that is why
   */
  void giveUp(Optional<String> executor) {
    unreachable.addAll(executor.stream().toList());
    tree = Optional.empty();
    root.breakUp();
  }

  void beginStep() {
    root = Gathering.collecting(microBatches, total, pieces);
  }

  /**
   * Returns the place at which a message's sums are added; empty for a message of another round or
   * step.
   *
   * @throws IllegalArgumentException if the station has no such message
   */
  Optional<Gathering> accept(TreeMessage.InRound message, long step) {
    if (!isRound(message.round().number()) || message.step() != step) {
      return Optional.empty();
    }
    tree.orElseThrow().requireSent(message);
    return Optional.of(root);
  }

  /** The sum over all micro-batches; empty until every part has arrived. */
  Optional<MicroBatchGradient> total() {
    return isPlanned() && root.isWhole() ? Optional.of(root.total()) : Optional.empty();
  }

  /** Sends the next adapter down the tree. */
  void answer(AdapterState state) {
    for (int piece = 0; piece < pieces.count(); piece++) {
      boolean unused = root.answer(piece, TreeAnswer.encode(state, pieces, piece));
    }
  }

  /** Tells all waiting stations that no adapter follows. */
  void end() {
    root.breakUp();
  }
}
