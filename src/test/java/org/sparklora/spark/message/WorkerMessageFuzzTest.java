package org.sparklora.spark.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

/** Whatever comes, decoding gives a message or one clear refusal. */
class WorkerMessageFuzzTest {
  private static final int PARAMETERS = 5;
  private static final int FRAMES = 20_000;

  private final Random random = new Random(11);

  @Test
  void randomBytesAreRefused() {
    for (int i = 0; i < FRAMES; i++) {
      byte[] bytes = new byte[random.nextInt(200)];
      random.nextBytes(bytes);
      assertThat(decodes(bytes)).isFalse();
    }
  }

  @Test
  void randomBytesBehindATrueBeginningDoNoHarm() {
    for (int i = 0; i < FRAMES; i++) {
      byte[] bytes = new byte[9 + random.nextInt(200)];
      random.nextBytes(bytes);
      ByteBuffer.wrap(bytes)
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(WorkerMessage.MAGIC)
          .putInt(WorkerMessage.VERSION)
          .put((byte) random.nextInt(7));
      decodes(bytes);
    }
  }

  @Test
  void changedBytesOfATrueFrameDoNoHarm() {
    ByteBuffer frame =
        new WorkerMessage.Push(
                new WorkerMessage.Sender(7, 1, 0, 0, "host a, executor 1"),
                3,
                new WorkerCost(0.5, 0.25, 1 << 30, 1L << 34),
                GradientType.FP32,
                Map.of(
                    new GradientTree.Node(1, 0), new MicroBatchGradient(1, new float[PARAMETERS]),
                    new GradientTree.Node(0, 2), new MicroBatchGradient(1, new float[PARAMETERS])))
            .encode();
    byte[] whole = new byte[frame.remaining()];
    frame.get(whole);
    assertThat(decodes(whole)).isTrue();
    for (int i = 0; i < FRAMES; i++) {
      byte[] bytes = whole.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      decodes(bytes);
    }
  }

  /** Anything but a message and a refusal fails the test by itself. */
  private static boolean decodes(byte[] bytes) {
    try {
      WorkerMessage.decode(ByteBuffer.wrap(bytes), PARAMETERS);
      return true;
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("Invalid frame: ");
      return false;
    }
  }
}
