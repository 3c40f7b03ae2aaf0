package org.sparklora.spark.reduce;

import java.io.Serializable;
import org.sparklora.spark.tree.Pieces;

/**
 * The way that a segment's gradients take to the driver.
 *
 * @param overTree whether processes of workers add them on the way
 * @param pieces in which they are sent over the tree
 */
record Way(boolean overTree, Pieces pieces) implements Serializable {
  /** From each worker to the driver. */
  static Way direct(int parameters) {
    return new Way(false, new Pieces(parameters, Math.max(1, parameters)));
  }

  String text() {
    return overTree ? "over a tree of executors" : "from each worker to the driver";
  }
}
