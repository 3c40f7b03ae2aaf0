package org.sparklora.spark.message;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.sparklora.spark.tree.Site;
import org.sparklora.spark.tree.SumsInFrame;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/** A message of a worker to the driver. Each message is one little-endian frame. */
public sealed interface WorkerMessage {
  /** "SLRA", and the version of the frames below. */
  int MAGIC = 0x534C5241;

  int VERSION = 7;
  int MOST_TEXT_BYTES = 1024;

  /** Magic, version, kind, run, segment, partition, attempt, length of the place. */
  int HEADER_BYTES = Byte.BYTES + Short.BYTES + 5 * Integer.BYTES + Long.BYTES;

  /** Step, compute seconds, data seconds, resident bytes. */
  int COST_BYTES = 3 * Long.BYTES + 2 * Double.BYTES;

  /** The most bytes that the other messages have after the header. */
  int REST_BYTES = Integer.BYTES + COST_BYTES + 3 * (Short.BYTES + MOST_TEXT_BYTES);

  /**
   * The worker that sends a message.
   *
   * @param run the run's random number: a frame of another run is refused
   * @param attempt Spark's attempt number; a higher one supersedes a lower one
   * @param place host and executor, for people
   */
  record Sender(long run, int segment, int partition, int attempt, String place) {}

  Sender sender();

  /** The number of its kind in a frame. */
  int kind();

  /**
   * Tells the driver that a worker has started and is loading its model. There is no answer.
   *
   * @param hardware the properties of the machine on which the result's bits depend
   * @param site the process that the worker runs in
   */
  record Arrive(Sender sender, String hardware, Site site) implements WorkerMessage {
    @Override
    public int kind() {
      return 2;
    }
  }

  /** Asks for work: the current step and adapter, or the worker's place in a tree. */
  record Join(Sender sender) implements WorkerMessage {
    @Override
    public int kind() {
      return 0;
    }
  }

  /** Asks for the adapter of the current step. A worker that has a place in a tree sends this. */
  record Fetch(Sender sender) implements WorkerMessage {
    @Override
    public int kind() {
      return 4;
    }
  }

  /** Tells the driver that a worker's sums are on their way over the tree of a round. */
  record Ready(Sender sender, int round, long step, WorkerCost cost) implements WorkerMessage {
    @Override
    public int kind() {
      return 3;
    }
  }

  /**
   * Tells the driver that the tree of a round is broken. There is no answer.
   *
   * @param executor that could not be reached
   */
  record Unreachable(Sender sender, int round, String executor) implements WorkerMessage {
    @Override
    public int kind() {
      return 5;
    }
  }

  /** Sums of subtrees that the worker owns. */
  sealed interface WithSums extends WorkerMessage {
    long step();

    GradientType type();

    Map<GradientTree.Node, MicroBatchGradient> sums();

    /** The sums as they are sent. */
    default SumsInFrame inFrame() {
      return SumsInFrame.of(type(), sums());
    }
  }

  /** Carries some of a worker's sums while the worker computes the others. There is no answer. */
  record Part(
      Sender sender, long step, GradientType type, Map<GradientTree.Node, MicroBatchGradient> sums)
      implements WithSums {
    @Override
    public int kind() {
      return 6;
    }
  }

  /** Carries the last sums of a worker for a step. */
  record Push(
      Sender sender,
      long step,
      WorkerCost cost,
      GradientType type,
      Map<GradientTree.Node, MicroBatchGradient> sums)
      implements WithSums {
    @Override
    public int kind() {
      return 1;
    }
  }

  /** The length of the longest frame of a worker that owns that many subtrees, in bytes. */
  static long mostBytes(int subtrees, int parameters, GradientType type) {
    return HEADER_BYTES
        + MOST_TEXT_BYTES
        + COST_BYTES
        + SumsInFrame.HEADER_BYTES
        + subtrees * SumsInFrame.bytesOfSum(parameters, type);
  }

  /** The message as one frame. */
  default ByteBuffer encode() {
    return encode(ByteBuffer.allocate(0));
  }

  /**
   * The message as one frame.
   *
   * @param space buffer to write into if it is large enough; otherwise a direct buffer is made
   */
  default ByteBuffer encode(ByteBuffer space) {
    byte[] place = text(sender().place());
    int size = HEADER_BYTES + place.length;
    if (this instanceof WithSums message) {
      size += COST_BYTES;
      size = Math.addExact(size, message.inFrame().bytes());
    } else {
      size += REST_BYTES;
    }
    ByteBuffer frame = space.capacity() < size ? ByteBuffer.allocateDirect(size) : space;
    frame.clear().order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(MAGIC).putInt(VERSION).put((byte) kind());
    frame.putLong(sender().run()).putInt(sender().segment());
    frame.putInt(sender().partition()).putInt(sender().attempt());
    frame.putShort((short) place.length).put(place);
    if (this instanceof Arrive arrive) {
      putText(frame, arrive.hardware());
      putText(frame, arrive.site().host());
      putText(frame, arrive.site().executor());
      frame.putInt(arrive.site().port());
    } else if (this instanceof Ready ready) {
      frame.putInt(ready.round());
      putCost(frame, ready.step(), ready.cost());
    } else if (this instanceof Unreachable broken) {
      frame.putInt(broken.round());
      putText(frame, broken.executor());
    } else if (this instanceof WithSums message) {
      putCost(
          frame, message.step(), message instanceof Push push ? push.cost() : WorkerCost.UNKNOWN);
      message.inFrame().put(frame);
    }
    return frame.flip();
  }

  private static void putCost(ByteBuffer frame, long step, WorkerCost cost) {
    frame.putLong(step).putDouble(cost.computeSeconds()).putDouble(cost.dataSeconds());
    frame.putLong(cost.residentBytes()).putLong(cost.deviceBytes());
  }

  private static void putText(ByteBuffer frame, String text) {
    byte[] bytes = text(text);
    frame.putShort((short) bytes.length).put(bytes);
  }

  private static byte[] text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= MOST_TEXT_BYTES
        ? bytes
        : java.util.Arrays.copyOf(bytes, MOST_TEXT_BYTES);
  }

  /**
   * Reads a frame. A length field alone never causes an allocation.
   *
   * @param parameters the length every gradient must have
   * @throws IllegalArgumentException saying what is wrong with the frame
   */
  static WorkerMessage decode(ByteBuffer bytes, int parameters) {
    ByteBuffer frame = bytes.order(ByteOrder.LITTLE_ENDIAN);
    require(frame.remaining() >= 9 && frame.getInt() == MAGIC, "it is not of this protocol");
    int version = frame.getInt();
    require(version == VERSION, "its version is " + version + ", not " + VERSION);
    byte kind = frame.get();
    require(kind >= 0 && kind <= 6, "its kind is " + kind);
    require(frame.remaining() >= HEADER_BYTES - 9, "it is too short");
    long run = frame.getLong();
    int segment = frame.getInt();
    int partition = frame.getInt();
    int attempt = frame.getInt();
    Sender sender = new Sender(run, segment, partition, attempt, text(frame));
    return switch (kind) {
      case 0 -> new Join(sender);
      case 1, 6 -> withSums(kind, sender, frame, parameters);
      case 2 -> arrive(sender, frame);
      case 3 -> ready(sender, frame);
      case 4 -> new Fetch(sender);
      default -> new Unreachable(sender, number(frame), text(frame));
    };
  }

  private static Arrive arrive(Sender sender, ByteBuffer frame) {
    String hardware = text(frame);
    return new Arrive(sender, hardware, new Site(text(frame), text(frame), number(frame)));
  }

  private static Ready ready(Sender sender, ByteBuffer frame) {
    require(frame.remaining() >= Integer.BYTES + COST_BYTES, "it is too short");
    return new Ready(sender, frame.getInt(), frame.getLong(), cost(frame));
  }

  private static WorkerCost cost(ByteBuffer frame) {
    return new WorkerCost(frame.getDouble(), frame.getDouble(), frame.getLong(), frame.getLong());
  }

  private static int number(ByteBuffer frame) {
    require(frame.remaining() >= Integer.BYTES, "it is too short");
    return frame.getInt();
  }

  private static String text(ByteBuffer frame) {
    require(frame.remaining() >= Short.BYTES, "it is too short");
    int bytes = frame.getShort();
    require(
        bytes >= 0 && bytes <= Math.min(MOST_TEXT_BYTES, frame.remaining()),
        "a text of it has " + bytes + " bytes");
    byte[] text = new byte[bytes];
    frame.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static WithSums withSums(byte kind, Sender sender, ByteBuffer frame, int parameters) {
    require(frame.remaining() >= COST_BYTES, "it is too short");
    long step = frame.getLong();
    WorkerCost cost = cost(frame);
    SumsInFrame sums = SumsInFrame.read(frame);
    require(
        sums.length() == parameters,
        "its gradients have " + sums.length() + " values, not " + parameters);
    return kind == 1
        ? new Push(sender, step, cost, sums.type(), sums.gradients())
        : new Part(sender, step, sums.type(), sums.gradients());
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("Invalid frame: " + problem);
    }
  }
}
