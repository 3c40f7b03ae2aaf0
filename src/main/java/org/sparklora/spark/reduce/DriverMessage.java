package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sparklora.train.step.AdapterState;

/** An answer of the driver. Each message is one little-endian frame. */
sealed interface DriverMessage {
  /** Kind, step, loss scale. */
  int HEADER_BYTES = 1 + Long.BYTES + Float.BYTES;

  /** The step to compute next. */
  record Compute(AdapterState state) implements DriverMessage {}

  /** The segment is over. */
  record Leave() implements DriverMessage {}

  /** A newer attempt has taken the worker's place. */
  record Superseded() implements DriverMessage {}

  /** The longest frame, in bytes. */
  static int mostBytes(int parameters) {
    return Math.addExact(HEADER_BYTES, Math.multiplyExact(Float.BYTES, parameters));
  }

  default ByteBuffer encode() {
    return encode(
        ByteBuffer.allocate(
            this instanceof Compute compute ? mostBytes(compute.state().values().length) : 1));
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
    return frame.put((byte) (this instanceof Leave ? 1 : 2)).flip();
  }

  static DriverMessage decode(ByteBuffer bytes) {
    ByteBuffer frame = bytes.order(ByteOrder.LITTLE_ENDIAN);
    byte kind = frame.get();
    if (kind != 0) {
      return kind == 1 ? new Leave() : new Superseded();
    }
    long step = frame.getLong();
    float lossScale = frame.getFloat();
    float[] values = new float[frame.remaining() / Float.BYTES];
    frame.asFloatBuffer().get(values);
    return new Compute(new AdapterState(step, lossScale, values));
  }
}
