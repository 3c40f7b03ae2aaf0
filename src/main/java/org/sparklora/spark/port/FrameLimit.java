package org.sparklora.spark.port;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection if it announces a frame that is longer than any worker sends, or for which
 * the unfinished frames of other connections leave no room. Spark's own decoder collects up to 2 GB
 * before anybody looks at it. This handler stands after decryption and before that decoder, and
 * only counts bytes.
 */
final class FrameLimit extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(FrameLimit.class);

  private final FrameRoom room;
  private long length;
  private int lengthBytes;
  private long taken;
  private long left;
  private boolean closed;

  FrameLimit(FrameRoom room) {
    this.room = room;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!closed && message instanceof ByteBuf bytes && !isWithin(bytes)) {
      closed = true;
      LOG.warn(
          "Refused {}: a frame said to have {} bytes, and workers send at most {}, all together at"
              + " most {} at a time",
          context.channel().remoteAddress(),
          length,
          room.mostOfOne(),
          room.mostOfAll());
      var unused = context.close();
    }
    if (closed) {
      ReferenceCountUtil.release(message);
    } else {
      context.fireChannelRead(message);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    giveBack();
    context.fireChannelInactive();
  }

  private void giveBack() {
    room.giveBack(taken);
    taken = 0;
  }

  /** Follows the frames: each begins with its own length, eight bytes, big-endian. */
  private boolean isWithin(ByteBuf bytes) {
    int at = bytes.readerIndex();
    while (at < bytes.writerIndex()) {
      if (left > 0) {
        int skipped = (int) Math.min(left, bytes.writerIndex() - at);
        left -= skipped;
        at += skipped;
        if (left == 0) {
          giveBack();
        }
        continue;
      }
      length = length << 8 | bytes.getUnsignedByte(at++);
      if (++lengthBytes == Long.BYTES) {
        if (length <= Long.BYTES || !room.take(length)) {
          return false;
        }
        taken = length;
        left = length - Long.BYTES;
        length = 0;
        lengthBytes = 0;
      }
    }
    return true;
  }
}
