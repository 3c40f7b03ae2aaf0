package org.sparklora.spark.tree;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * A vector in pieces. While one of them is added, the next one is still on its way.
 *
 * @param values of the vector
 * @param each values of a piece, but for the last one
 * @param type of the values of gradients; those of adapters are fp32
 */
public record Pieces(int values, int each, GradientType type) implements Serializable {
  public int count() {
    return Math.max(1, (values + each - 1) / each);
  }

  public int begin(int piece) {
    return piece * each;
  }

  public int end(int piece) {
    return (int) Math.min((piece + 1L) * each, values);
  }

  int length(int piece) {
    return end(piece) - begin(piece);
  }

  boolean has(int piece) {
    return piece >= 0 && piece < count();
  }

  /** A piece of sums, whose arrays are only read. Each piece has the whole loss. */
  Map<GradientTree.Node, SumPiece> cut(int piece, Map<GradientTree.Node, MicroBatchGradient> sums) {
    Map<GradientTree.Node, SumPiece> cut = new TreeMap<>();
    sums.forEach(
        (node, sum) ->
            cut.put(
                node,
                new SumPiece.Values(sum.loss(), sum.values(), begin(piece), length(piece), true)));
    return cut;
  }
}
