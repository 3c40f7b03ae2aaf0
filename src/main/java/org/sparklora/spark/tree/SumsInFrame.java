package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/** Sums of gradients in a frame: their number, their length, then node, loss and values of each. */
public final class SumsInFrame {
  /** The bytes of a sum before its values. */
  public static final int SUM_HEADER_BYTES = 2 * Integer.BYTES + Double.BYTES;

  private SumsInFrame() {}

  /** Writes sums of one length. */
  public static void put(ByteBuffer frame, Map<GradientTree.Node, MicroBatchGradient> sums) {
    frame.putInt(sums.size()).putInt(sums.values().iterator().next().values().length);
    sums.forEach(
        (node, sum) -> {
          frame.putInt(node.level()).putInt(node.index()).putDouble(sum.loss());
          frame.asFloatBuffer().put(sum.values());
          frame.position(frame.position() + Float.BYTES * sum.values().length);
        });
  }

  /** Reads sums. The caller has checked that the frame holds them. */
  public static Map<GradientTree.Node, MicroBatchGradient> read(
      ByteBuffer frame, int count, int length) {
    Map<GradientTree.Node, MicroBatchGradient> sums = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      GradientTree.Node node = new GradientTree.Node(frame.getInt(), frame.getInt());
      double loss = frame.getDouble();
      float[] values = new float[length];
      frame.asFloatBuffer().get(values);
      frame.position(frame.position() + Float.BYTES * length);
      sums.put(node, new MicroBatchGradient(loss, values));
    }
    return sums;
  }
}
