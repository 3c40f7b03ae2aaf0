package org.sparklora.spark;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.train.GradientTree;
import org.sparklora.train.MicroBatchGradient;

/** What a worker says to the driver. */
sealed interface WorkerMessage {
  /** "SLRA", and the version of the frames below. */
  int MAGIC = 0x534C5241;

  int VERSION = 1;
  int MOST_HOST_BYTES = 1024;

  /**
   * Who speaks.
   *
   * @param run the run's random number: a frame of another run is refused
   * @param attempt Spark's attempt number; a higher one supersedes a lower one
   */
  record Sender(long run, int segment, int partition, int attempt, String host) {}

  Sender sender();

  /** Asks where things stand. */
  record Join(Sender sender) implements WorkerMessage {}

  /** Brings the sums of the largest subtrees the worker owns. */
  record Push(Sender sender, long step, Map<GradientTree.Node, MicroBatchGradient> sums)
      implements WorkerMessage {}

  /** The message as one frame. */
  default ByteBuffer encode() {
    byte[] host = sender().host().getBytes(StandardCharsets.UTF_8);
    int size = 9 + Long.BYTES + 4 * Integer.BYTES + host.length;
    if (this instanceof Push push) {
      size += Long.BYTES + 2 * Integer.BYTES;
      for (MicroBatchGradient sum : push.sums().values()) {
        size =
            Math.addExact(
                size, 2 * Integer.BYTES + Double.BYTES + Float.BYTES * sum.values().length);
      }
    }
    ByteBuffer frame = ByteBuffer.allocate(size);
    frame.putInt(MAGIC).putInt(VERSION).put((byte) (this instanceof Join ? 0 : 1));
    frame.putLong(sender().run()).putInt(sender().segment());
    frame.putInt(sender().partition()).putInt(sender().attempt());
    frame.putInt(host.length).put(host);
    if (this instanceof Push push) {
      MicroBatchGradient any = push.sums().values().iterator().next();
      frame.putLong(push.step()).putInt(push.sums().size()).putInt(any.values().length);
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

  /**
   * Reads a frame. Nothing is allocated on the word of a length field alone.
   *
   * @param parameters the length every gradient must have
   * @throws IllegalArgumentException saying what is wrong with the frame
   */
  static WorkerMessage decode(ByteBuffer frame, int parameters) {
    require(frame.remaining() >= 9 && frame.getInt() == MAGIC, "it is not of this protocol");
    int version = frame.getInt();
    require(version == VERSION, "its version is " + version + ", not " + VERSION);
    byte kind = frame.get();
    require(kind == 0 || kind == 1, "its kind is " + kind);
    require(frame.remaining() >= Long.BYTES + 4 * Integer.BYTES, "it is too short");
    long run = frame.getLong();
    int segment = frame.getInt();
    int partition = frame.getInt();
    int attempt = frame.getInt();
    int hostBytes = frame.getInt();
    require(
        hostBytes >= 0 && hostBytes <= Math.min(MOST_HOST_BYTES, frame.remaining()),
        "its host name has " + hostBytes + " bytes");
    byte[] host = new byte[hostBytes];
    frame.get(host);
    Sender sender =
        new Sender(run, segment, partition, attempt, new String(host, StandardCharsets.UTF_8));
    return kind == 0 ? new Join(sender) : push(sender, frame, parameters);
  }

  private static Push push(Sender sender, ByteBuffer frame, int parameters) {
    require(frame.remaining() >= Long.BYTES + 2 * Integer.BYTES, "it is too short");
    long step = frame.getLong();
    int count = frame.getInt();
    int length = frame.getInt();
    require(length == parameters, "its gradients have " + length + " values, not " + parameters);
    long one = 2L * Integer.BYTES + Double.BYTES + (long) Float.BYTES * length;
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
    return new Push(sender, step, sums);
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new IllegalArgumentException("Invalid frame: " + problem);
    }
  }
}
