package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sparklora.train.step.AdapterState;

/** The answer to a station that has passed on a sum, as a little-endian frame. */
public sealed interface TreeAnswer {
  /** Kind, step, loss scale, piece. */
  int HEADER_BYTES = 1 + Long.BYTES + Float.BYTES + Integer.BYTES;

  /**
   * A piece of the adapter after the step.
   *
   * @param step the next one
   * @param values read once, from where they are
   */
  record Values(long step, float lossScale, int piece, ByteBuffer values) implements TreeAnswer {}

  /** The round is over without a result. */
  record Broken() implements TreeAnswer {}

  /** The frame of a piece of the adapter after a step. */
  static ByteBuffer encode(AdapterState state, Pieces pieces, int piece) {
    int length = pieces.length(piece);
    ByteBuffer frame =
        ByteBuffer.allocate(HEADER_BYTES + Float.BYTES * length).order(ByteOrder.LITTLE_ENDIAN);
    frame.put((byte) 0).putLong(state.step()).putFloat(state.lossScale()).putInt(piece);
    frame.asFloatBuffer().put(state.values(), pieces.begin(piece), length);
    return frame.rewind();
  }

  /** The frame that says that the round is over. */
  static ByteBuffer broken() {
    return ByteBuffer.wrap(new byte[] {1});
  }

  static TreeAnswer decode(ByteBuffer bytes) {
    ByteBuffer frame = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (frame.get() != 0) {
      return new Broken();
    }
    return new Values(
        frame.getLong(),
        frame.getFloat(),
        frame.getInt(),
        frame.slice().order(ByteOrder.LITTLE_ENDIAN));
  }
}
