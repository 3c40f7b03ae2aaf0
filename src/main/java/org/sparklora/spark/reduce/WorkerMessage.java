package org.sparklora.spark.reduce;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.MicroBatchGradient;

/** A message of a worker to the driver. Each message is one little-endian frame. */
sealed interface WorkerMessage {
  /** "SLRA", and the version of the frames below. */
  int MAGIC = 0x534C5241;

  int VERSION = 4;
  int MOST_TEXT_BYTES = 1024;

  /** Magic, version, kind, run, segment, partition, attempt, length of the place. */
  int HEADER_BYTES = Byte.BYTES + Short.BYTES + 5 * Integer.BYTES + Long.BYTES;

  /** Step, compute seconds, data seconds, resident bytes, number of sums, length of each. */
  int PUSH_HEADER_BYTES = 2 * Long.BYTES + 2 * Double.BYTES + 2 * Integer.BYTES;

  int SUM_HEADER_BYTES = 2 * Integer.BYTES + Double.BYTES;

  /**
   * The worker that sends a message.
   *
   * @param run the run's random number: a frame of another run is refused
   * @param attempt Spark's attempt number; a higher one supersedes a lower one
   * @param place host and executor, for people
   */
  record Sender(long run, int segment, int partition, int attempt, String place) {}

  Sender sender();

  /**
   * Tells the driver that a worker is there and loads its model. There is no answer.
   *
   * @param hardware on which its bits depend
   */
  record Arrive(Sender sender, String hardware) implements WorkerMessage {}

  /** Asks for the current step and adapter. */
  record Join(Sender sender) implements WorkerMessage {}

  /** Brings the sums of the largest subtrees that the worker owns. */
  record Push(
      Sender sender, long step, WorkerCost cost, Map<GradientTree.Node, MicroBatchGradient> sums)
      implements WorkerMessage {}

  /** The length of the longest frame of a worker that owns that many subtrees, in bytes. */
  static long mostBytes(int subtrees, int parameters) {
    return HEADER_BYTES
        + MOST_TEXT_BYTES
        + PUSH_HEADER_BYTES
        + subtrees * (SUM_HEADER_BYTES + (long) Float.BYTES * parameters);
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
    if (this instanceof Arrive arrive) {
      size += text(arrive.hardware()).length;
    } else if (this instanceof Push push) {
      size += PUSH_HEADER_BYTES;
      for (MicroBatchGradient sum : push.sums().values()) {
        size = Math.addExact(size, SUM_HEADER_BYTES + Float.BYTES * sum.values().length);
      }
    }
    ByteBuffer frame = space.capacity() < size ? ByteBuffer.allocateDirect(size) : space;
    frame.clear().order(ByteOrder.LITTLE_ENDIAN);
    frame.putInt(MAGIC).putInt(VERSION).put(kind());
    frame.putLong(sender().run()).putInt(sender().segment());
    frame.putInt(sender().partition()).putInt(sender().attempt());
    frame.putShort((short) place.length).put(place);
    if (this instanceof Arrive arrive) {
      frame.put(text(arrive.hardware()));
    } else if (this instanceof Push push) {
      MicroBatchGradient any = push.sums().values().iterator().next();
      frame.putLong(push.step());
      frame.putDouble(push.cost().computeSeconds()).putDouble(push.cost().dataSeconds());
      frame.putLong(push.cost().residentBytes());
      frame.putInt(push.sums().size()).putInt(any.values().length);
      push.sums()
          .forEach(
              (node, sum) -> {
                frame.putInt(node.level()).putInt(node.index()).putDouble(sum.loss());
                frame.asFloatBuffer().put(sum.values());
                frame.position(frame.position() + Float.BYTES * sum.values().length);
              });
    }
    return frame.flip();
  }

  private byte kind() {
    return (byte) (this instanceof Join ? 0 : this instanceof Push ? 1 : 2);
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
    require(kind >= 0 && kind <= 2, "its kind is " + kind);
    require(frame.remaining() >= HEADER_BYTES - 9, "it is too short");
    long run = frame.getLong();
    int segment = frame.getInt();
    int partition = frame.getInt();
    int attempt = frame.getInt();
    Sender sender = new Sender(run, segment, partition, attempt, text(frame, frame.getShort()));
    if (kind == 1) {
      return push(sender, frame, parameters);
    }
    return kind == 0 ? new Join(sender) : new Arrive(sender, text(frame, frame.remaining()));
  }

  private static String text(ByteBuffer frame, int bytes) {
    require(
        bytes >= 0 && bytes <= Math.min(MOST_TEXT_BYTES, frame.remaining()),
        "a text of it has " + bytes + " bytes");
    byte[] text = new byte[bytes];
    frame.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }

  private static Push push(Sender sender, ByteBuffer frame, int parameters) {
    require(frame.remaining() >= PUSH_HEADER_BYTES, "it is too short");
    long step = frame.getLong();
    WorkerCost cost = new WorkerCost(frame.getDouble(), frame.getDouble(), frame.getLong());
    int count = frame.getInt();
    int length = frame.getInt();
    require(length == parameters, "its gradients have " + length + " values, not " + parameters);
    long one = SUM_HEADER_BYTES + (long) Float.BYTES * length;
    require(
        count > 0 && frame.remaining() == count * one,
        count + " gradients do not fill its " + frame.remaining() + " bytes");
    Map<GradientTree.Node, MicroBatchGradient> sums = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      GradientTree.Node node = new GradientTree.Node(frame.getInt(), frame.getInt());
      double loss = frame.getDouble();
      float[] values = new float[length];
      frame.asFloatBuffer().get(values);
      frame.position(frame.position() + Float.BYTES * length);
      sums.put(node, new MicroBatchGradient(loss, values));
    }
    return new Push(sender, step, cost, sums);
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("Invalid frame: " + problem);
    }
  }
}
