package org.sparklora.spark.message;

import java.io.Serializable;
import java.util.Locale;
import org.sparklora.spark.tree.Pieces;
import org.sparklora.train.step.GradientType;

/**
 * The way that a segment's gradients take to the driver.
 *
 * @param overTree whether processes of workers add them on the way
 * @param pieces in which they are sent over the tree
 */
public record Way(boolean overTree, Pieces pieces) implements Serializable {
  /** From each worker to the driver. */
  public static Way direct(int parameters, GradientType type) {
    return new Way(false, new Pieces(parameters, Math.max(1, parameters), type));
  }

  /** The type of gradients and their sums. */
  public GradientType type() {
    return pieces.type();
  }

  public String text() {
    String type = pieces.type().name().toLowerCase(Locale.ROOT);
    return type + (overTree ? " over a tree of executors" : " from each worker to the driver");
  }
}
