package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Consumer;
import org.sparklora.train.step.FixedTree;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * The state of a station in one step: it adds the sums that arrive from below, piece by piece, and
 * holds the senders' callbacks. Several threads may add at the same time.
 */
public final class Gathering {
  private static final class Piece {
    private final FixedTree<SumPiece> tree;
    private final List<Consumer<ByteBuffer>> waiting = new ArrayList<>();

    Piece(int microBatches, GradientType type) {
      this.tree = new FixedTree<>(microBatches, (left, right) -> left.plus(right, type));
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
  private volatile boolean over;
  private int left;

  /**
   * Begins without any sum.
   *
   * @param nodes the subtrees whose sums it gathers
   * @param cut the pieces in which they come
   */
  public Gathering(int microBatches, Set<GradientTree.Node> nodes, Pieces cut) {
    this.nodes = nodes;
    for (int i = 0; i < cut.count(); i++) {
      this.pieces.add(new Piece(microBatches, cut.type()));
    }
    this.whole = new AtomicIntegerArray(cut.count());
    this.left = cut.count();
  }

  /**
   * Adds sums. Arrays that are not lent belong to this object afterwards.
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
    return to.tree.sums().keySet().equals(nodes) && whole.compareAndSet(piece, 0, 1);
  }

  /** Whether every piece is complete. */
  public boolean isWhole() {
    for (int i = 0; i < whole.length(); i++) {
      if (whole.get(i) == 0) {
        return false;
      }
    }
    return true;
  }

  Map<GradientTree.Node, SumPiece> sums(int piece) {
    return pieces.get(piece).tree.sums();
  }

  /** The sum over all micro-batches, once this is whole. */
  public MicroBatchGradient total(Pieces cut) {
    float[] values = new float[cut.values()];
    double loss = 0;
    for (int i = 0; i < pieces.size(); i++) {
      SumPiece piece = pieces.get(i).tree.total();
      System.arraycopy(piece.array(), piece.begin(), values, cut.begin(i), piece.length());
      loss = piece.loss();
    }
    return new MicroBatchGradient(loss, values);
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
