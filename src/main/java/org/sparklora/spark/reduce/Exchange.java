package org.sparklora.spark.reduce;

import org.sparklora.spark.tree.Pieces;

/**
 * Chooses the way that the gradients of a segment take. The bits are the same on each.
 *
 * @param pieceValues values of a piece that goes over a tree
 */
public record Exchange(ExchangeMode mode, int pieceValues) {
  /** With fewer workers the driver itself is the only one to sum. */
  private static final int LEAST_WORKERS = 4;

  /** With fewer bytes a step at the driver, a tree's delay costs more than it saves. */
  private static final long LEAST_BYTES = 64L << 20;

  /** A mebibyte: little to wait for, and much against the header of a frame. */
  private static final int PIECE_VALUES = 1 << 18;

  public Exchange(ExchangeMode mode) {
    this(mode, PIECE_VALUES);
  }

  Way way(int workers, int parameters) {
    boolean many =
        workers >= LEAST_WORKERS && (long) workers * parameters * Float.BYTES >= LEAST_BYTES;
    return mode == ExchangeMode.TREE || (mode == ExchangeMode.AUTO && many)
        ? new Way(true, new Pieces(parameters, pieceValues))
        : Way.direct(parameters);
  }
}
