package org.sparklora.data.cache;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import org.apache.parquet.io.DelegatingSeekableInputStream;

/** A piece of a file that is in memory, at its place in the file. */
final class PieceStream extends DelegatingSeekableInputStream {
  private static final class Bytes extends ByteArrayInputStream {
    Bytes(byte[] bytes) {
      super(bytes);
    }

    synchronized int position() {
      return pos;
    }

    synchronized boolean moveTo(long position) {
      if (position < 0 || position > count) {
        return false;
      }
      pos = (int) position;
      return true;
    }
  }

  private final long begin;
  private final Bytes bytes;

  /**
   * @param begin the piece's place in the file
   */
  PieceStream(long begin, byte[] bytes) {
    this(begin, new Bytes(bytes));
  }

  private PieceStream(long begin, Bytes bytes) {
    super(bytes);
    this.begin = begin;
    this.bytes = bytes;
  }

  @Override
  public long getPos() {
    return begin + bytes.position();
  }

  @Override
  public void seek(long position) throws IOException {
    if (!bytes.moveTo(position - begin)) {
      throw new EOFException("Position " + position + " is not in the row group at " + begin);
    }
  }
}
