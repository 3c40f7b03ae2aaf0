package org.sparklora.spark.tree;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;

/** A message of a process of workers to another one or to the driver, as a little-endian frame. */
public sealed interface TreeMessage {
  /** "SLRT", and the version of the frames below. */
  int MAGIC = 0x534C5254;

  int VERSION = 2;

  /** Magic, version, kind, run. */
  int HEADER_BYTES = 2 * Integer.BYTES + 1 + Long.BYTES;

  /** Segment, round, from, to, step, piece. */
  int PLACE_BYTES = 5 * Integer.BYTES + Long.BYTES;

  /** The run's random number: a frame of another run is refused. */
  long run();

  /**
   * Shows that the sender belongs to the run. It comes before any long message and has no answer.
   */
  record Hello(long run) implements TreeMessage {}

  /**
   * A piece of the sums of a station.
   *
   * @param from the station
   * @param to the one above it
   * @param type of the values
   */
  record Sums(
      long run,
      Round round,
      int from,
      int to,
      long step,
      int piece,
      GradientType type,
      Map<GradientTree.Node, SumPiece> sums)
      implements TreeMessage, InRound {
    private SumsInFrame inFrame() {
      return new SumsInFrame(type, sums);
    }
  }

  /**
   * Asks the station above for a piece of the adapter of a step that no worker of the tree has yet.
   *
   * @param from the station
   * @param to the one above it
   */
  record Ask(long run, Round round, int from, int to, long step, int piece)
      implements TreeMessage, InRound {}

  /** A message of one station to the one above it. */
  sealed interface InRound {
    Round round();

    int from();

    int to();

    long step();

    int piece();
  }

  /**
   * Returns the length of the longest frame, in bytes. No two of its subtrees are siblings, so it
   * has at most {@code microBatches / 2 + 1} sums.
   */
  static long mostBytes(int microBatches, Pieces pieces) {
    long each = SumsInFrame.bytesOfSum(pieces.length(0), pieces.type());
    return HEADER_BYTES + PLACE_BYTES + SumsInFrame.HEADER_BYTES + (microBatches / 2 + 1) * each;
  }

  /** Whether a frame is one of these. */
  static boolean isOne(ByteBuffer bytes) {
    return bytes.remaining() >= Integer.BYTES
        && bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt() == MAGIC;
  }

  default ByteBuffer encode() {
    int size = HEADER_BYTES;
    if (this instanceof InRound) {
      size += PLACE_BYTES;
    }
    if (this instanceof Sums message) {
      size = Math.addExact(size, message.inFrame().bytes());
    }
    ByteBuffer frame = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    int kind = this instanceof Hello ? 0 : this instanceof Sums ? 1 : 2;
    frame.putInt(MAGIC).putInt(VERSION).put((byte) kind).putLong(run());
    if (this instanceof InRound message) {
      frame.putInt(message.round().segment()).putInt(message.round().number());
      frame.putInt(message.from()).putInt(message.to());
      frame.putLong(message.step()).putInt(message.piece());
    }
    if (this instanceof Sums message) {
      message.inFrame().put(frame);
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
    require(kind >= 0 && kind <= 2, "its kind is " + kind);
    long run = frame.getLong();
    return kind == 0 ? new Hello(run) : inRound(run, kind, frame);
  }

  private static TreeMessage inRound(long run, byte kind, ByteBuffer frame) {
    require(frame.remaining() >= PLACE_BYTES, "it is too short");
    Round round = new Round(frame.getInt(), frame.getInt());
    int from = frame.getInt();
    int to = frame.getInt();
    long step = frame.getLong();
    int piece = frame.getInt();
    if (kind == 2) {
      return new Ask(run, round, from, to, step, piece);
    }
    SumsInFrame sums = SumsInFrame.read(frame);
    return new Sums(run, round, from, to, step, piece, sums.type(), sums.sums());
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("Invalid frame: " + problem);
    }
  }
}
