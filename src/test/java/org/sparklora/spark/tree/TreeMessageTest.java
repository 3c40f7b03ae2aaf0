package org.sparklora.spark.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sparklora.train.step.AdapterState;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

class TreeMessageTest {
  private static final TreeMessage.Sums SENT =
      new TreeMessage.Sums(
          7,
          new Round(1, 2),
          3,
          4,
          9,
          1,
          GradientType.FP32,
          Map.of(
              new GradientTree.Node(1, 0), new SumPiece.Values(1, new float[] {1, 2}, 0, 2, true),
              new GradientTree.Node(0, 2),
                  new SumPiece.Values(2, new float[] {9, 3, 4}, 1, 2, true)));

  @Test
  void sumsSurviveTheWire() {
    TreeMessage.Sums read = (TreeMessage.Sums) TreeMessage.decode(SENT.encode());
    assertThat(read.round()).isEqualTo(SENT.round());
    assertThat(read.from()).isEqualTo(3);
    assertThat(read.to()).isEqualTo(4);
    assertThat(read.step()).isEqualTo(9);
    assertThat(read.piece()).isEqualTo(1);
    assertThat(read.sums().keySet()).isEqualTo(SENT.sums().keySet());
    assertThat(read.sums().get(new GradientTree.Node(0, 2)).gradient().values())
        .containsExactly(3, 4);
    TreeMessage.Ask asked = new TreeMessage.Ask(7, new Round(1, 2), 3, 4, 9, 1);
    assertThat(TreeMessage.decode(asked.encode())).isEqualTo(asked);
    assertThat(TreeMessage.decode(new TreeMessage.Hello(5).encode()))
        .isEqualTo(new TreeMessage.Hello(5));
  }

  @Test
  void sumsInHalfTheBytesSurviveTheWire() {
    float[] values = new float[5000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (i - 2500) * 0x1p-7f;
    }
    new GradientTree(2, GradientType.BF16).add(0, new MicroBatchGradient(1, values));
    Map<GradientTree.Node, SumPiece> sums =
        Map.of(new GradientTree.Node(0, 0), new SumPiece.Values(1, values, 0, values.length, true));
    ByteBuffer frame =
        new TreeMessage.Sums(7, new Round(1, 2), 3, 4, 9, 1, GradientType.BF16, sums).encode();
    assertThat(frame.remaining()).isBetween(10_000, 10_100);
    TreeMessage.Sums read = (TreeMessage.Sums) TreeMessage.decode(frame);
    assertThat(read.type()).isEqualTo(GradientType.BF16);
    assertThat(read.sums().get(new GradientTree.Node(0, 0)).gradient().values())
        .containsExactly(values);
  }

  @Test
  void aPieceOfAnAdapterSurvivesTheWire() {
    Pieces pieces = new Pieces(5, 2, GradientType.FP32);
    AdapterState state = new AdapterState(4, 2, new float[] {1, 2, 3, 4, 5});
    Arriving arriving = new Arriving(pieces);
    for (int piece = 2; piece >= 0; piece--) {
      ByteBuffer frame = TreeAnswer.encode(state, pieces, piece);
      assertThat(arriving.put((TreeAnswer.Values) TreeAnswer.decode(frame))).isEqualTo(piece == 0);
    }
    AdapterState came = arriving.whole().join();
    assertThat(came.step()).isEqualTo(4);
    assertThat(came.lossScale()).isEqualTo(2);
    assertThat(came.values()).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void framesThatLieAreRefused() {
    ByteBuffer frame = SENT.encode();
    for (int length = 0; length < frame.limit(); length++) {
      ByteBuffer cut = frame.duplicate().limit(length);
      assertThatThrownBy(() -> TreeMessage.decode(cut)).hasMessageStartingWith("Invalid frame");
    }
  }

  /** Anything but a message and a refusal fails the test by itself. */
  @Test
  void changedBytesDoNoHarm() {
    Random random = new Random(11);
    byte[] whole = SENT.encode().array();
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = whole.clone();
      for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        TreeMessage.decode(ByteBuffer.wrap(bytes));
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageStartingWith("Invalid frame: ");
      }
    }
  }
}
