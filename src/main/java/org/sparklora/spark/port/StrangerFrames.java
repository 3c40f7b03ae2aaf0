package org.sparklora.spark.port;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Collects the frames of a stranger, who may be in the middle of the handshake, and passes on whole
 * ones. A frame that is said to be longer than 4 KB ends the connection. All bytes of a stranger's
 * unfinished frame are held in one array of that size.
 */
final class StrangerFrames extends ChannelInboundHandlerAdapter {
  /** The frames of the handshake and a worker's first one have up to 2.2 KB. */
  static final int MOST_BYTES = 4 << 10;

  private final Strangers strangers;
  private ByteBuf frame = Unpooled.buffer(0, MOST_BYTES);
  private boolean over;

  StrangerFrames(Strangers strangers) {
    this.strangers = strangers;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    try {
      while (bytes.isReadable() && !over) {
        collect(context, bytes);
      }
      if (bytes.isReadable() && context.channel().isOpen()) {
        // The last frame has shown that the connection belongs to a worker.
        context.fireChannelRead(bytes.readRetainedSlice(bytes.readableBytes()));
      }
    } finally {
      bytes.release();
    }
  }

  /** Each frame begins with its own length, eight bytes, big-endian. */
  private void collect(ChannelHandlerContext context, ByteBuf bytes) {
    int missing = frameBytes() - frame.readableBytes();
    frame.writeBytes(bytes, Math.min(missing, bytes.readableBytes()));
    if (frame.readableBytes() < Long.BYTES) {
      return;
    }
    long length = frame.getLong(0);
    if (length <= Long.BYTES || length > MOST_BYTES) {
      over = true;
      strangers.close(
          context.channel(),
          "a frame said to have " + length + " bytes; it may have " + MOST_BYTES + " at first");
    } else if (frame.readableBytes() == length) {
      ByteBuf whole = frame;
      frame = Unpooled.buffer(0, MOST_BYTES);
      context.fireChannelRead(whole);
    }
  }

  private int frameBytes() {
    return frame.readableBytes() < Long.BYTES ? Long.BYTES : (int) frame.getLong(0);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    over = true;
    frame.release();
  }
}
