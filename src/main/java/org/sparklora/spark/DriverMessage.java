package org.sparklora.spark;

import java.nio.ByteBuffer;
import org.sparklora.train.AdapterState;

/** What the driver answers. */
sealed interface DriverMessage {
  /** The step to compute next. */
  record Compute(AdapterState state) implements DriverMessage {}

  /** The segment is over. */
  record Leave() implements DriverMessage {}

  /** A newer attempt has taken the worker's place. */
  record Superseded() implements DriverMessage {}

  default ByteBuffer encode() {
    if (this instanceof Compute compute) {
      AdapterState state = compute.state();
      int size = 1 + Long.BYTES + Float.BYTES;
      ByteBuffer frame =
          ByteBuffer.allocate(
              Math.addExact(size, Math.multiplyExact(Float.BYTES, state.values().length)));
      frame.put((byte) 0).putLong(state.step()).putFloat(state.lossScale());
      frame.asFloatBuffer().put(state.values());
      return frame.rewind();
    }
    return ByteBuffer.wrap(new byte[] {(byte) (this instanceof Leave ? 1 : 2)});
  }

  static DriverMessage decode(ByteBuffer frame) {
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
