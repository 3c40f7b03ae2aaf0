package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class FrameLimitTest {
  private final EmbeddedChannel channel = new EmbeddedChannel(new FrameLimit(() -> 100));

  @Test
  void framesWithinTheLimitPassHoweverTheyAreCut() {
    ByteBuf frames = Unpooled.buffer();
    for (int length : new int[] {9, 100, 50, 100}) {
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
    refuses(Unpooled.buffer().writeLong(101));
    refuses(Unpooled.buffer().writeLong(Integer.MAX_VALUE));
  }

  @Test
  void lengthsThatCannotBeAreRefused() {
    refuses(Unpooled.buffer().writeLong(8));
    refuses(Unpooled.buffer().writeLong(-1));
    refuses(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", StandardCharsets.US_ASCII));
  }

  private static void refuses(ByteBuf bytes) {
    EmbeddedChannel refusing = new EmbeddedChannel(new FrameLimit(() -> 100));
    refusing.writeInbound(bytes);
    assertThat(refusing.isOpen()).isFalse();
    assertThat(refusing.inboundMessages()).isEmpty();
    assertThat(bytes.refCnt()).isZero();
  }
}
