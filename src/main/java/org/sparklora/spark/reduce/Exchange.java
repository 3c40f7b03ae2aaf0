package org.sparklora.spark.reduce;

import org.sparklora.spark.message.Way;
import org.sparklora.spark.tree.Pieces;

/**
 * Chooses the way that the gradients of a segment take. The bits are the same on each.
 *
 * @param pieceValues values of a piece that goes over a tree
 */
public record Exchange(ExchangeConfig config, int pieceValues) {
  /** With fewer workers only the driver would sum, so a tree gains nothing. */
  private static final int LEAST_WORKERS = 4;

  /** With fewer bytes a step at the driver, a tree's delay costs more than it saves. */
  private static final long LEAST_BYTES = 16L << 20;

  /**
   * About half a mebibyte of fp32: short enough to overlap sending with summing, and long compared
   * with a frame's header. Arrays and frames stay a little below half of the smallest region of the
   * G1 collector, 1 MiB. Longer ones would be collected as humongous objects, which takes longer.
   */
  private static final int PIECE_VALUES = (1 << 17) - 64;

  public Exchange(ExchangeConfig config) {
    this(config, PIECE_VALUES);
  }

  Way way(int workers, int parameters) {
    long bytes = (long) workers * parameters * config.dtype().bytes();
    boolean many = workers >= LEAST_WORKERS && bytes >= LEAST_BYTES;
    return config.mode() == ExchangeMode.TREE || (config.mode() == ExchangeMode.AUTO && many)
        ? new Way(true, new Pieces(parameters, pieceValues, config.dtype()))
        : Way.direct(parameters, config.dtype());
  }
}
