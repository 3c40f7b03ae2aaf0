package org.sparklora.hub.publish;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.sparklora.hub.TransferProgress;

/** A limited number of the next bytes of a stream. */
final class SliceStream extends FilterInputStream {
  private final TransferProgress progress;
  private long left;

  SliceStream(InputStream in, long length, TransferProgress progress) {
    super(in);
    this.left = length;
    this.progress = progress;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left == 0) {
      return -1;
    }
    int read = in.read(bytes, offset, (int) Math.min(length, left));
    if (read > 0) {
      left -= read;
      progress.add(read);
    }
    return read;
  }
}
