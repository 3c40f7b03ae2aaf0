package org.sparklora.spark.tree;

import java.util.concurrent.CompletableFuture;
import org.sparklora.train.step.AdapterState;

/** The next adapter, while its pieces arrive. All workers of a process share it. */
final class Arriving {
  private final Pieces pieces;
  private final float[] values;
  private final CompletableFuture<AdapterState> whole = new CompletableFuture<>();
  private int left;

  Arriving(Pieces pieces) {
    this.pieces = pieces;
    this.values = new float[pieces.values()];
    this.left = pieces.count();
  }

  CompletableFuture<AdapterState> whole() {
    return whole;
  }

  /** Takes a piece. Returns whether it was the last one. */
  boolean put(TreeAnswer.Values piece) {
    piece
        .values()
        .asFloatBuffer()
        .get(values, pieces.begin(piece.piece()), pieces.length(piece.piece()));
    synchronized (this) {
      left--;
      if (left > 0) {
        return false;
      }
    }
    return whole.complete(new AdapterState(piece.step(), piece.lossScale(), values));
  }
}
