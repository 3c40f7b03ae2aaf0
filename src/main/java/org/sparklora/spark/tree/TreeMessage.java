package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/** A message of a process of workers to another one or to the driver, as a little-endian frame. */
public sealed interface TreeMessage {
  /** "SLRT", and the version of the frames below. */
  int MAGIC = 0x534C5254;

  int VERSION = 1;

  /** Magic, version, kind, run. */
  int HEADER_BYTES = 2 * Integer.BYTES + 1 + Long.BYTES;

  /** Segment, round, from, to, step, piece, number of sums, values of each. */
  int SUMS_HEADER_BYTES = 7 * Integer.BYTES + Long.BYTES;

  /** The run's random number: a frame of another run is refused. */
  long run();

  /** Shows that the sender belongs to the run, before it sends anything long. No answer. */
  record Hello(long run) implements TreeMessage {}

  /**
   * A piece of the sums of a station.
   *
   * @param from the station
   * @param to the one above it
   */
  record Sums(
      long run,
      Round round,
      int from,
      int to,
      long step,
      int piece,
      Map<GradientTree.Node, MicroBatchGradient> sums)
      implements TreeMessage {}

  /** The length of the longest frame, in bytes: no two subtrees of those are siblings. */
  static long mostBytes(int microBatches, Pieces pieces) {
    long each = SumsInFrame.SUM_HEADER_BYTES + (long) Float.BYTES * pieces.length(0);
    return HEADER_BYTES + SUMS_HEADER_BYTES + (microBatches / 2 + 1) * each;
  }

  /** Whether a frame is one of these. */
  static boolean isOne(ByteBuffer bytes) {
    return bytes.remaining() >= Integer.BYTES
        && bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
  }

  default ByteBuffer encode() {
    int size = HEADER_BYTES;
    if (this instanceof Sums message) {
      size += SUMS_HEADER_BYTES;
      for (MicroBatchGradient sum : message.sums().values()) {
        size =
            Math.addExact(size, SumsInFrame.SUM_HEADER_BYTES + Float.BYTES * sum.values().length);
      }
    }
    ByteBuffer frame = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(MAGIC).putInt(VERSION).put((byte) (this instanceof Sums ? 1 : 0)).putLong(run());
    if (this instanceof Sums message) {
      frame.putInt(message.round().segment()).putInt(message.round().number());
      frame.putInt(message.from()).putInt(message.to());
      frame.putLong(message.step()).putInt(message.piece());
      SumsInFrame.put(frame, message.sums());
    }
    return frame.flip();
  }

  /**
   * Reads a frame. A length field alone never causes an allocation.
   *
   * @throws IllegalArgumentException saying what is wrong with the frame
   */
  static TreeMessage decode(ByteBuffer bytes) {
    ByteBuffer frame = bytes.order(ByteOrder.LITTLE_ENDIAN);
    require(frame.remaining() >= HEADER_BYTES, "it is too short");
    require(frame.getInt() == MAGIC, "it is not of this protocol");
    int version = frame.getInt();
    require(version == VERSION, "its version is " + version + ", not " + VERSION);
    byte kind = frame.get();
    require(kind == 0 || kind == 1, "its kind is " + kind);
    long run = frame.getLong();
    return kind == 0 ? new Hello(run) : sums(run, frame);
  }

  private static Sums sums(long run, ByteBuffer frame) {
    require(frame.remaining() >= SUMS_HEADER_BYTES, "it is too short");
    Round round = new Round(frame.getInt(), frame.getInt());
    int from = frame.getInt();
    int to = frame.getInt();
    long step = frame.getLong();
    int piece = frame.getInt();
    int count = frame.getInt();
    int length = frame.getInt();
    long one = SumsInFrame.SUM_HEADER_BYTES + (long) Float.BYTES * length;
    int bytes = frame.remaining();
    require(
        count > 0 && length >= 0 && bytes % one == 0 && bytes / one == count,
        count + " sums do not fill its " + bytes + " bytes");
    return new Sums(run, round, from, to, step, piece, SumsInFrame.read(frame, count, length));
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("Invalid frame: " + problem);
    }
  }
}
