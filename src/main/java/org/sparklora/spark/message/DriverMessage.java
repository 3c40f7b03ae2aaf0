package org.sparklora.spark.message;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sparklora.spark.tree.Span;
import org.sparklora.spark.tree.SumTree;
import org.sparklora.train.step.AdapterState;

/** An answer of the driver. Each message is one little-endian frame. */
public sealed interface DriverMessage {
  /** Kind, step, loss scale. */
  int HEADER_BYTES = 1 + Long.BYTES + Float.BYTES;

  /** The step to compute next. */
  record Compute(AdapterState state) implements DriverMessage {}

  /** The segment is over. */
  record Leave() implements DriverMessage {}

  /** A newer attempt has taken the worker's place. */
  record Superseded() implements DriverMessage {}

  /**
   * The worker's place in a tree over which gradients go.
   *
   * @param round the number of the tree
   * @param step to compute, or whose sums are to be sent again
   * @param span the worker's micro-batches
   */
  record Route(int round, long step, Span span, SumTree tree) implements DriverMessage {}

  /** All sums have arrived, so the next adapter comes over the tree. */
  record Next() implements DriverMessage {}

  /** The longest frame with an adapter, in bytes. */
  static int mostBytes(int parameters) {
    return Math.addExact(HEADER_BYTES, Math.multiplyExact(Float.BYTES, parameters));
  }

  default ByteBuffer encode() {
    if (this instanceof Route route) {
      return encode(route);
    }
    return encode(
        ByteBuffer.allocate(
            this instanceof Compute compute ? mostBytes(compute.state().values().length) : 1));
  }

  private static ByteBuffer encode(Route route) {
    byte[] tree = route.tree().encode();
    ByteBuffer frame =
        ByteBuffer.allocate(1 + 3 * Integer.BYTES + Long.BYTES + tree.length)
            .order(ByteOrder.LITTLE_ENDIAN);
    frame.put((byte) 3).putInt(route.round()).putLong(route.step());
    frame.putInt(route.span().begin()).putInt(route.span().end());
    return frame.put(tree).flip();
  }

  /**
   * The message as one frame.
   *
   * @param space buffer to write into
   */
  default ByteBuffer encode(ByteBuffer space) {
    ByteBuffer frame = space.clear().order(ByteOrder.LITTLE_ENDIAN);
    if (this instanceof Compute compute) {
      AdapterState state = compute.state();
      frame.put((byte) 0).putLong(state.step()).putFloat(state.lossScale());
      frame.asFloatBuffer().put(state.values());
      return frame.rewind().limit(mostBytes(state.values().length));
    }
    return frame
        .put((byte) (this instanceof Leave ? 1 : this instanceof Superseded ? 2 : 4))
        .flip();
  }

  static DriverMessage decode(ByteBuffer bytes) {
    ByteBuffer frame = bytes.order(ByteOrder.LITTLE_ENDIAN);
    return switch (frame.get()) {
      case 0 -> compute(frame);
      case 1 -> new Leave();
      case 2 -> new Superseded();
      case 3 -> route(frame);
      default -> new Next();
    };
  }

  private static Route route(ByteBuffer frame) {
    int round = frame.getInt();
    long step = frame.getLong();
    Span span = new Span(frame.getInt(), frame.getInt());
    byte[] tree = new byte[frame.remaining()];
    frame.get(tree);
    return new Route(round, step, span, SumTree.decode(tree));
  }

  private static Compute compute(ByteBuffer frame) {
    long step = frame.getLong();
    float lossScale = frame.getFloat();
    float[] values = new float[frame.remaining() / Float.BYTES];
    frame.asFloatBuffer().get(values);
    return new Compute(new AdapterState(step, lossScale, values));
  }
}
