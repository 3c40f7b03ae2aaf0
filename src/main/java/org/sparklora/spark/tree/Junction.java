package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * The stations of this process in one round. A complete sum goes to the station above, and the
 * answer goes to all senders of its parts. Any failure breaks up the whole junction, and the driver
 * then begins another round.
 */
public final class Junction {
  private static final Logger LOG = LoggerFactory.getLogger(Junction.class);

  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private record Place(int station, long step) {}

  private final long run;
  private final Round round;
  private final SumTree tree;
  private final Site here;
  private final Map<Integer, Uplink> links = new HashMap<>();
  private final Map<Place, Gathering> gatherings = new ConcurrentHashMap<>();
  private final Map<Place, Asking> askings = new ConcurrentHashMap<>();
  private final Map<Long, Arriving> arriving = new ConcurrentHashMap<>();

  /**
   * Completed when the junction is broken, with the executor that could not be reached, if that is
   * why.
   */
  private final CompletableFuture<Optional<String>> broken = new CompletableFuture<>();

  Junction(long run, Round round, SumTree tree, Site here) {
    this.run = run;
    this.round = round;
    this.tree = tree;
    this.here = here;
  }

  Round round() {
    return round;
  }

  /** Connects the stations of this process to those above them, once. */
  synchronized void connect(Links open) {
    for (SumTree.Station station : tree.stations()) {
      if (station.site().equals(here) && !isHere(station.above()) && !broken.isDone()) {
        try {
          links.computeIfAbsent(station.number(), number -> open.to(siteAbove(station)));
        } catch (RuntimeException e) {
          lose(station, e);
        }
      }
    }
  }

  private boolean isHere(int station) {
    return station != SumTree.DRIVER && tree.station(station).site().equals(here);
  }

  private Optional<Site> siteAbove(SumTree.Station station) {
    return station.above() == SumTree.DRIVER
        ? Optional.empty()
        : Optional.of(tree.station(station.above()).site());
  }

  /**
   * Adds the sums of a worker of this process.
   *
   * @param first one of the worker's micro-batches
   * @param sums only read. Their arrays must stay as they are until the adapter is there
   * @return the adapter after the step; fails when this breaks
   */
  public CompletableFuture<AdapterState> add(
      long step, int first, Map<GradientTree.Node, MicroBatchGradient> sums) {
    arriving.remove(step);
    Arriving next = arriving.computeIfAbsent(step + 1, number -> new Arriving(tree.pieces()));
    SumTree.Station station = tree.ofWorkerWith(first);
    // If this worker is the last of its process, all sums are added here, on all cores. Pieces
    // leave nearly in their order: a station above needs the same piece of all below it.
    for (int begin = 0; begin < tree.pieces().count(); begin += CORES) {
      IntStream.range(begin, Math.min(begin + CORES, tree.pieces().count()))
          .parallel()
          .forEach(
              piece -> add(station, step, piece, tree.pieces().cut(piece, sums), answer -> {}));
    }
    if (broken.isDone()) {
      failArriving();
    }
    return next.whole();
  }

  /**
   * Asks for the adapter of a step, if no worker of the tree has it. The workers of this process
   * share one request.
   *
   * @param first one of the worker's micro-batches
   * @return the adapter; fails when this breaks
   */
  public CompletableFuture<AdapterState> ask(long step, int first) {
    Arriving made = new Arriving(tree.pieces());
    Arriving known = arriving.putIfAbsent(step, made);
    if (known != null) {
      return known.whole();
    }
    for (int piece = 0; piece < tree.pieces().count(); piece++) {
      ask(tree.ofWorkerWith(first), step, piece, frame -> arrived(made, frame));
    }
    if (broken.isDone()) {
      failArriving();
    }
    return made.whole();
  }

  private void arrived(Arriving adapter, ByteBuffer frame) {
    if (TreeAnswer.decode(frame) instanceof TreeAnswer.Values values) {
      adapter.put(values);
    } else {
      breakUp(Optional.empty());
    }
  }

  private void ask(SumTree.Station station, long step, int piece, Consumer<ByteBuffer> answer) {
    Asking asking =
        askings.computeIfAbsent(new Place(station.number(), step), place -> new Asking());
    boolean first = asking.add(piece, answer);
    if (broken.isDone()) {
      asking.breakUp();
    } else if (first && isHere(station.above())) {
      ask(tree.station(station.above()), step, piece, frame -> asking.answer(piece, frame));
    } else if (first) {
      send(
          station,
          new TreeMessage.Ask(run, round, station.number(), station.above(), step, piece),
          frame -> asking.answer(piece, frame));
    }
  }

  /** Handles a message of a station in another process. */
  void receive(TreeMessage.InRound message, Consumer<ByteBuffer> answer) {
    tree.requireSent(message);
    if (!isHere(message.to())) {
      throw new IllegalArgumentException("Invalid frame: station " + message.to() + " is not here");
    }
    SumTree.Station station = tree.station(message.to());
    if (message instanceof TreeMessage.Sums sums) {
      add(station, sums.step(), sums.piece(), sums.sums(), answer);
    } else {
      ask(station, message.step(), message.piece(), answer);
    }
  }

  private void add(
      SumTree.Station station,
      long step,
      int piece,
      Map<GradientTree.Node, SumPiece> sums,
      Consumer<ByteBuffer> answer) {
    Gathering gathering =
        gatherings.computeIfAbsent(
            new Place(station.number(), step),
            place ->
                new Gathering(tree.microBatches(), tree.sumsOf(station.number()), tree.pieces()));
    boolean whole = gathering.add(piece, sums, answer);
    if (broken.isDone()) {
      gathering.breakUp();
    } else if (whole) {
      pass(station, step, piece, gathering.take(piece));
    }
  }

  private void pass(
      SumTree.Station station, long step, int piece, Map<GradientTree.Node, SumPiece> sums) {
    Consumer<ByteBuffer> answered = frame -> answered(station, step, piece, frame);
    if (isHere(station.above())) {
      // Added here, on the workers' threads: a frame of another process may come last.
      Map<GradientTree.Node, SumPiece> added = new TreeMap<>();
      sums.forEach((node, sum) -> added.put(node, sum.added()));
      add(tree.station(station.above()), step, piece, added, answered);
      return;
    }
    send(
        station,
        new TreeMessage.Sums(
            run, round, station.number(), station.above(), step, piece, tree.pieces().type(), sums),
        answered);
  }

  private void send(SumTree.Station station, TreeMessage message, Consumer<ByteBuffer> answered) {
    linkOf(station)
        .ifPresent(link -> link.send(message, answered, problem -> lose(station, problem)));
  }

  private synchronized Optional<Uplink> linkOf(SumTree.Station station) {
    return Optional.ofNullable(links.get(station.number()));
  }

  private void answered(SumTree.Station station, long step, int piece, ByteBuffer frame) {
    if (!(TreeAnswer.decode(frame) instanceof TreeAnswer.Values values)) {
      breakUp(Optional.empty());
      return;
    }
    Place place = new Place(station.number(), step);
    if (gatherings.get(place).answer(piece, frame)) {
      gatherings.remove(place);
    }
    if (station.ofWorkers() && arriving.get(step + 1).put(values)) {
      arriving.remove(step + 1);
    }
  }

  private void lose(SumTree.Station station, Throwable why) {
    Optional<Site> above = siteAbove(station);
    LOG.info("Cannot pass on a sum to {}: {}", above.map(Site::toString).orElse("the driver"), why);
    breakUp(above.map(Site::executor));
  }

  /** Ends the round for this process. */
  void breakUp(Optional<String> unreachable) {
    if (broken.complete(unreachable)) {
      gatherings.values().forEach(Gathering::breakUp);
      askings.values().forEach(Asking::breakUp);
      failArriving();
    }
  }

  private void failArriving() {
    arriving
        .values()
        .forEach(next -> next.whole().completeExceptionally(new BrokenTreeException()));
  }

  /** Calls back with the executor that could not be reached, if the round ends for that reason. */
  public void ifUnreachable(Consumer<String> executor) {
    var unused = broken.thenAccept(unreachable -> unreachable.ifPresent(executor));
  }
}
