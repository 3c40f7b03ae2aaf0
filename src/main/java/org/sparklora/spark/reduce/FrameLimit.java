package org.sparklora.spark.reduce;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a connection that announces a longer frame than any worker has to send. Spark's own
 * decoder collects up to 2 GB before anybody looks at it, even of peers that have not
 * authenticated. It stands after decryption and before that decoder, and only counts.
 */
final class FrameLimit extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(FrameLimit.class);

  private final LongSupplier mostBytes;
  private long length;
  private int lengthBytes;
  private long left;
  private boolean closed;

  /**
   * @param mostBytes the longest frame that is taken now, in bytes, Spark's own header included
   */
  FrameLimit(LongSupplier mostBytes) {
    this.mostBytes = mostBytes;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (!closed && message instanceof ByteBuf bytes && !isWithin(bytes)) {
      closed = true;
      LOG.warn(
          "Refused {}: a frame said to have {} bytes, and workers send at most {}",
          context.channel().remoteAddress(),
          length,
          mostBytes.getAsLong());
      var unused = context.close();
    }
    if (closed) {
      ReferenceCountUtil.release(message);
    } else {
      context.fireChannelRead(message);
    }
  }

  /** Follows the frames: each begins with its own length, eight bytes, big-endian. */
  private boolean isWithin(ByteBuf bytes) {
    int at = bytes.readerIndex();
    while (at < bytes.writerIndex()) {
      if (left > 0) {
        int skipped = (int) Math.min(left, bytes.writerIndex() - at);
        left -= skipped;
        at += skipped;
        continue;
      }
      length = length << 8 | bytes.getUnsignedByte(at++);
      if (++lengthBytes == Long.BYTES) {
        if (length <= Long.BYTES || length > mostBytes.getAsLong()) {
          return false;
        }
        left = length - Long.BYTES;
        length = 0;
        lengthBytes = 0;
      }
    }
    return true;
  }
}
