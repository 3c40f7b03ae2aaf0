package org.sparklora.spark.port;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FrameLimitTest {
  private static final int MOST = StrangerFrames.MOST_BYTES + 100;

  private final FrameRoom room = new FrameRoom();
  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameLimit(room));

  @BeforeEach
  void makeRoom() {
    room.makeFor(1, 100);
  }

  @Test
  void framesWithinTheLimitPassHoweverTheyAreCut() {
    ByteBuf frames = Unpooled.buffer();
    for (int length : new int[] {9, MOST, 50, MOST}) {
      frames.writeLong(length).writeZero(length - 8);
    }
    int bytes = frames.readableBytes();
    while (frames.isReadable()) {
      channel.writeInbound(frames.readRetainedSlice(Math.min(7, frames.readableBytes())));
    }
    int passed = 0;
    for (ByteBuf out = channel.readInbound(); out != null; out = channel.readInbound()) {
      passed += out.readableBytes();
      out.release();
    }
    assertThat(passed).isEqualTo(bytes);
    assertThat(channel.isOpen()).isTrue();
  }

  @Test
  void aLongerFrameIsRefusedOnItsFirstEightBytes() {
    refuses(Unpooled.buffer().writeLong(MOST + 1));
    refuses(Unpooled.buffer().writeLong(Integer.MAX_VALUE));
  }

  @Test
  void lengthsThatCannotBeAreRefused() {
    refuses(Unpooled.buffer().writeLong(8));
    refuses(Unpooled.buffer().writeLong(-1));
    refuses(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", StandardCharsets.US_ASCII));
  }

  @Test
  void unfinishedFramesTogetherHaveAsMuchRoomAsTwoAttemptsOfEachWorker() {
    int frame = 10 << 20;
    room.makeFor(2, frame);
    EmbeddedChannel[] channels = new EmbeddedChannel[5];
    for (int i = 0; i < channels.length; i++) {
      channels[i] = new EmbeddedChannel(new FrameLimit(room));
      channels[i].writeInbound(Unpooled.buffer().writeLong(frame));
      assertThat(channels[i].isOpen()).isEqualTo(i < 4);
    }
    // One that is gone leaves its room, and so does one that is through.
    channels[0].close().syncUninterruptibly();
    channels[1].writeInbound(Unpooled.buffer().writeZero(frame - 8));
    for (int i = 0; i < 3; i++) {
      EmbeddedChannel next = new EmbeddedChannel(new FrameLimit(room));
      next.writeInbound(Unpooled.buffer().writeLong(frame));
      assertThat(next.isOpen()).isEqualTo(i < 2);
    }
    for (EmbeddedChannel each : channels) {
      each.finishAndReleaseAll();
    }
  }

  private void refuses(ByteBuf bytes) {
    EmbeddedChannel refusing = new EmbeddedChannel(new FrameLimit(room));
    refusing.writeInbound(bytes);
    assertThat(refusing.isOpen()).isFalse();
    assertThat(refusing.inboundMessages()).isEmpty();
    assertThat(bytes.refCnt()).isZero();
  }
}
