package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import org.sparklora.train.step.FixedTree;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * The state of a station in one step: it gathers the sums that arrive from below, piece by piece,
 * and holds the senders' callbacks. Several threads may add at the same time.
 */
public final class Gathering {
  private static final class Piece {
    private final FixedTree<SumPiece> tree;
    private final List<Consumer<ByteBuffer>> waiting = new ArrayList<>();

    Piece(int microBatches, GradientType type) {
      this.tree = new FixedTree<>(microBatches, (left, right) -> SumPiece.sum(left, right, type));
    }

    synchronized void waits(Consumer<ByteBuffer> answer) {
      waiting.add(answer);
    }

    synchronized List<Consumer<ByteBuffer>> takeWaiting() {
      List<Consumer<ByteBuffer>> taken = List.copyOf(waiting);
      waiting.clear();
      return taken;
    }
  }

  private final Set<GradientTree.Node> nodes;
  private final List<Piece> pieces = new ArrayList<>();
  private final AtomicIntegerArray whole;
  private final AtomicInteger missing;
  private final Pieces cut;
  private final float[] collected;
  private volatile double loss;
  private volatile boolean over;
  private int left;

  /**
   * Begins without any sum.
   *
   * @param nodes the subtrees whose sums it gathers
   * @param cut the pieces in which they come
   */
  Gathering(int microBatches, Set<GradientTree.Node> nodes, Pieces cut) {
    this(microBatches, nodes, cut, new float[0]);
  }

  /** A gathering of the whole sum, which copies each complete piece into one array. */
  public static Gathering collecting(int microBatches, Set<GradientTree.Node> nodes, Pieces cut) {
    return new Gathering(microBatches, nodes, cut, new float[cut.values()]);
  }

  private Gathering(int microBatches, Set<GradientTree.Node> nodes, Pieces cut, float[] collected) {
    this.nodes = nodes;
    this.cut = cut;
    this.collected = collected;
    this.missing = new AtomicInteger(cut.count());
    for (int i = 0; i < cut.count(); i++) {
      this.pieces.add(new Piece(microBatches, cut.type()));
    }
    this.whole = new AtomicIntegerArray(cut.count());
    this.left = cut.count();
  }

  /**
   * Adds sums. Their arrays must stay as they are until the next adapter is there.
   *
   * @param answer gets the same piece of the next adapter
   * @return whether this completed the piece
   */
  public boolean add(
      int piece, Map<GradientTree.Node, SumPiece> sums, Consumer<ByteBuffer> answer) {
    Piece to = pieces.get(piece);
    to.waits(answer);
    sums.forEach(to.tree::add);
    if (over) {
      breakUp();
    }
    if (!to.tree.sums().keySet().equals(nodes) || !whole.compareAndSet(piece, 0, 1)) {
      return false;
    }
    if (collected.length > 0) {
      collect(piece);
    }
    missing.decrementAndGet();
    return true;
  }

  /** Whether every piece is complete. */
  public boolean isWhole() {
    return missing.get() == 0;
  }

  private void collect(int piece) {
    SumPiece sum = take(piece).values().iterator().next();
    int at = cut.begin(piece);
    sum.readAll((begin, some, count) -> System.arraycopy(some, 0, collected, at + begin, count));
    loss = sum.loss(); // the whole loss is in each piece
  }

  /** Removes and returns the sums of a piece that is complete. */
  Map<GradientTree.Node, SumPiece> take(int piece) {
    return pieces.get(piece).tree.take(nodes);
  }

  /** The collected sum over all micro-batches, once this is whole. */
  public MicroBatchGradient total() {
    return new MicroBatchGradient(loss, collected);
  }

  /** Answers all senders of a piece. Returns whether all pieces have been answered now. */
  public boolean answer(int piece, ByteBuffer frame) {
    pieces.get(piece).takeWaiting().forEach(waits -> waits.accept(frame.duplicate()));
    synchronized (this) {
      left--;
      return left == 0;
    }
  }

  /** Tells all senders that no adapter follows. */
  public void breakUp() {
    over = true;
    ByteBuffer broken = TreeAnswer.broken();
    pieces.forEach(piece -> piece.takeWaiting().forEach(waits -> waits.accept(broken.duplicate())));
  }
}
