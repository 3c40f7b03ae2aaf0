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
  record Values(long step, float lossScale, int piece, ByteBuffer values) implements TreeAnswer {
    /** The part of an adapter. */
    public static Values of(AdapterState state, Pieces pieces, int piece) {
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * pieces.length(piece)).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(state.values(), pieces.begin(piece), pieces.length(piece));
      return new Values(state.step(), state.lossScale(), piece, bytes);
    }
  }

  /** The round is over without a result. */
  record Broken() implements TreeAnswer {}

  default ByteBuffer encode() {
    if (!(this instanceof Values piece)) {
      return ByteBuffer.wrap(new byte[] {1});
    }
    ByteBuffer frame =
        ByteBuffer.allocate(HEADER_BYTES + piece.values().remaining())
            .order(ByteOrder.LITTLE_ENDIAN);
    frame.put((byte) 0).putLong(piece.step()).putFloat(piece.lossScale()).putInt(piece.piece());
    return frame.put(piece.values().duplicate()).flip();
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
