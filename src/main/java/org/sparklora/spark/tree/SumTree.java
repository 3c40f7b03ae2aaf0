package org.sparklora.spark.tree;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;

/**
 * The tree over which sums go to the driver. Each process has a station that adds the sums of its
 * own workers. The stations above add the sums of two others, or of more if a process cannot be
 * reached, and each of them is in another process. The topmost stations, usually two, send to the
 * driver.
 *
 * <p>As far as possible, a station's micro-batches are one subtree of the {@link GradientTree}, so
 * that the station passes on a single sum.
 *
 * @param microBatches micro-batches a step, M
 * @param pieces of a gradient
 * @param stations by number
 */
public record SumTree(int microBatches, Pieces pieces, List<Station> stations) {
  /** The number that stands for the driver, above the topmost stations. */
  public static final int DRIVER = -1;

  /**
   * A process with the micro-batches of its workers.
   *
   * @param takes whether other processes can send to it
   */
  public record Group(Site site, List<Span> spans, boolean takes) {}

  /**
   * A point where sums come together.
   *
   * @param number its own
   * @param above the number of the station that it sends to
   * @param ofWorkers whether the workers of its process send to it; otherwise two stations do
   * @param spans the micro-batches that it sums
   */
  public record Station(int number, int above, boolean ofWorkers, Site site, List<Span> spans) {
    private boolean has(int microBatch) {
      return spans.stream().anyMatch(s -> s.begin() <= microBatch && microBatch < s.end());
    }
  }

  /**
   * The tree of some processes.
   *
   * @param groups in the order of their micro-batches
   */
  public static SumTree of(List<Group> groups, int microBatches, Pieces pieces) {
    List<Station> stations = new ArrayList<>();
    if (groups.size() == 1) {
      under(groups, 0, 1, DRIVER, stations);
    } else {
      int middle = middle(groups, 0, groups.size());
      under(groups, 0, middle, DRIVER, stations);
      under(groups, middle, groups.size(), DRIVER, stations);
    }
    return new SumTree(microBatches, pieces, List.copyOf(stations));
  }

  private static void under(
      List<Group> groups, int from, int to, int above, List<Station> stations) {
    int number = stations.size();
    if (to - from == 1) {
      Group group = groups.get(from);
      stations.add(new Station(number, above, true, group.site(), Span.joined(group.spans())));
      return;
    }
    int middle = middle(groups, from, to);
    // Each inner station has a middle of its own, so no process has two of them.
    Group group = groups.get(middle);
    List<Span> spans =
        groups.subList(from, to).stream().flatMap(each -> each.spans().stream()).toList();
    if (group.takes()) {
      stations.add(new Station(number, above, false, group.site(), Span.joined(spans)));
    }
    under(groups, from, middle, group.takes() ? number : above, stations);
    under(groups, middle, to, group.takes() ? number : above, stations);
  }

  /** Finds the boundary between groups at which the largest subtree of the summing tree begins. */
  private static int middle(List<Group> groups, int from, int to) {
    int best = from + 1;
    for (int i = from + 1; i < to; i++) {
      int order = Integer.compare(level(groups.get(i)), level(groups.get(best)));
      boolean nearer = Math.abs(2 * i - from - to) < Math.abs(2 * best - from - to);
      if (order > 0 || (order == 0 && nearer)) {
        best = i;
      }
    }
    return best;
  }

  private static int level(Group group) {
    return Integer.numberOfTrailingZeros(group.spans().get(0).begin());
  }

  public Station station(int number) {
    return stations.get(number);
  }

  /**
   * Refuses a message that the named station would not send, or with sums of other micro-batches.
   *
   * @throws IllegalArgumentException saying whose they are
   */
  public void requireSent(TreeMessage.InRound message) {
    int from = message.from();
    if (from < 0
        || from >= stations.size()
        || station(from).above() != message.to()
        || !pieces.has(message.piece())
        || (message instanceof TreeMessage.Sums sums && !isOf(from, sums))) {
      throw new IllegalArgumentException(
          "Invalid frame: station " + from + " sends no such message to " + message.to());
    }
  }

  private boolean isOf(int from, TreeMessage.Sums sums) {
    return sums.type() == pieces.type()
        && sums.sums().keySet().equals(sumsOf(from))
        && sums.sums().values().stream()
            .allMatch(sum -> sum.length() == pieces.length(sums.piece()));
  }

  /** The subtrees whose sums a station passes on. */
  public Set<GradientTree.Node> sumsOf(int number) {
    return Span.nodes(station(number).spans(), microBatches);
  }

  /** The station to which the worker with a micro-batch adds. */
  Station ofWorkerWith(int microBatch) {
    return stations.stream()
        .filter(station -> station.ofWorkers() && station.has(microBatch))
        .findFirst()
        .orElseThrow();
  }

  /** The largest number of stations that a sum passes on its way to the driver. */
  public int depth() {
    int depth = 0;
    for (Station station : stations) {
      int up = 1;
      for (int at = station.above(); at != DRIVER; at = station(at).above()) {
        up++;
      }
      depth = Math.max(depth, up);
    }
    return depth;
  }

  /** The number of processes with workers. */
  public long processes() {
    return stations.stream().filter(Station::ofWorkers).count();
  }

  public byte[] encode() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(microBatches);
      out.writeInt(pieces.values());
      out.writeInt(pieces.each());
      out.writeByte(pieces.type().code());
      out.writeInt(stations.size());
      for (Station station : stations) {
        out.writeInt(station.above());
        out.writeBoolean(station.ofWorkers());
        out.writeUTF(station.site().host());
        out.writeUTF(station.site().executor());
        out.writeInt(station.site().port());
        out.writeInt(station.spans().size());
        for (Span span : station.spans()) {
          out.writeInt(span.begin());
          out.writeInt(span.end());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Decodes a tree. The bytes come from the driver and are not checked. */
  public static SumTree decode(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int microBatches = in.readInt();
      Pieces pieces =
          new Pieces(in.readInt(), in.readInt(), GradientType.ofCode(in.readByte()).orElseThrow());
      int count = in.readInt();
      List<Station> stations = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int above = in.readInt();
        boolean ofWorkers = in.readBoolean();
        Site site = new Site(in.readUTF(), in.readUTF(), in.readInt());
        List<Span> spans = new ArrayList<>();
        for (int left = in.readInt(); left > 0; left--) {
          spans.add(new Span(in.readInt(), in.readInt()));
        }
        stations.add(new Station(i, above, ofWorkers, site, spans));
      }
      return new SumTree(microBatches, pieces, stations);
    } catch (IOException e) {
      throw new UncheckedIOException("Invalid tree of stations", e);
    }
  }
}
