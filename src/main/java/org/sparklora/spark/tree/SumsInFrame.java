package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/**
 * Sums of gradients in a frame: their type, their number, their length, and of each its node, loss
 * and values.
 */
public record SumsInFrame(GradientType type, Map<GradientTree.Node, SumPiece> sums) {
  /** Type, number, values of each. */
  public static final int HEADER_BYTES = 1 + 2 * Integer.BYTES;

  /** Bytes of a sum before its values. */
  private static final int SUM_HEADER_BYTES = 2 * Integer.BYTES + Double.BYTES;

  private static final int UPPER_HALF = 16;

  /** Whole sums. */
  public static SumsInFrame of(
      GradientType type, Map<GradientTree.Node, MicroBatchGradient> whole) {
    Map<GradientTree.Node, SumPiece> sums = new TreeMap<>();
    whole.forEach((node, sum) -> sums.put(node, SumPiece.of(sum)));
    return new SumsInFrame(type, sums);
  }

  /** Values of each sum. */
  public int length() {
    return sums.values().iterator().next().length();
  }

  /** The length of a sum in a frame. */
  public static long bytesOfSum(int values, GradientType type) {
    return SUM_HEADER_BYTES + (long) type.bytes() * values;
  }

  /** The length of these in a frame. */
  public int bytes() {
    long bytes = HEADER_BYTES;
    for (SumPiece sum : sums.values()) {
      bytes += bytesOfSum(sum.length(), type);
    }
    return Math.toIntExact(bytes);
  }

  /** Writes these. Their values have been rounded to the type. */
  public void put(ByteBuffer frame) {
    frame.put((byte) type.code());
    frame.putInt(sums.size()).putInt(length());
    sums.forEach(
        (node, sum) -> {
          frame.putInt(node.level()).putInt(node.index()).putDouble(sum.loss());
          put(frame, sum, type);
          frame.position(frame.position() + type.bytes() * sum.length());
        });
  }

  private static void put(ByteBuffer frame, SumPiece sum, GradientType type) {
    if (type == GradientType.FP32) {
      FloatBuffer to = frame.asFloatBuffer();
      sum.readAll((begin, some, count) -> to.put(some, 0, count));
      return;
    }
    ShortBuffer to = frame.asShortBuffer();
    short[] halves = new short[SumPiece.AT_ONCE];
    sum.readAll(
        (begin, some, count) -> {
          for (int i = 0; i < count; i++) {
            halves[i] = (short) (Float.floatToRawIntBits(some[i]) >>> UPPER_HALF);
          }
          to.put(halves, 0, count);
        });
  }

  /**
   * Reads sums, which are the rest of a frame. A length field alone never causes an allocation.
   *
   * @throws IllegalArgumentException saying what is wrong with the frame
   */
  public static SumsInFrame read(ByteBuffer frame) {
    require(frame.remaining() >= HEADER_BYTES, "it is too short");
    byte number = frame.get();
    GradientType type =
        GradientType.ofCode(number)
            .orElseThrow(
                () -> new IllegalArgumentException("Invalid frame: its type is " + number));
    int count = frame.getInt();
    int length = frame.getInt();
    int bytes = frame.remaining();
    require(count > 0 && length >= 0, count + " sums of " + length + " values are in it");
    long one = bytesOfSum(length, type);
    require(
        bytes % one == 0 && bytes / one == count,
        count + " sums do not fill its " + bytes + " bytes");
    Map<GradientTree.Node, SumPiece> sums = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      GradientTree.Node node = new GradientTree.Node(frame.getInt(), frame.getInt());
      double loss = frame.getDouble();
      sums.put(node, new SumPiece.Values(loss, values(frame, length, type), 0, length, false));
      frame.position(frame.position() + type.bytes() * length);
    }
    return new SumsInFrame(type, sums);
  }

  private static float[] values(ByteBuffer frame, int length, GradientType type) {
    float[] values = new float[length];
    if (type == GradientType.FP32) {
      frame.asFloatBuffer().get(values);
      return values;
    }
    ShortBuffer from = frame.asShortBuffer();
    short[] some = new short[Math.min(SumPiece.AT_ONCE, length)];
    for (int begin = 0; begin < length; begin += SumPiece.AT_ONCE) {
      int count = Math.min(SumPiece.AT_ONCE, length - begin);
      from.get(some, 0, count);
      for (int i = 0; i < count; i++) {
        values[begin + i] = Float.intBitsToFloat(some[i] << UPPER_HALF);
      }
    }
    return values;
  }

  /** The sums, each in its own array. */
  public Map<GradientTree.Node, MicroBatchGradient> gradients() {
    Map<GradientTree.Node, MicroBatchGradient> gradients = new TreeMap<>();
    sums.forEach((node, sum) -> gradients.put(node, sum.gradient()));
    return gradients;
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("Invalid frame: " + problem);
    }
  }
}
