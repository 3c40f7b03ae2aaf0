package org.sparklora.data.image;

import java.io.IOException;

/**
 * Palette indices as GIF compresses them (GIF89a, appendix F): LZW with codes of up to 12 bits, in
 * blocks of up to 255 bytes. An unknown code, or an end before the last pixel, is an error. The
 * JDK's reader would make up the rest.
 */
final class GifIndices {
  private static final int MOST_BITS = 12;
  private static final int MOST_CODES = 1 << MOST_BITS;
  private static final int NONE = -1;

  private final byte[] gif;
  private int at;
  private int blockEnd;
  private int bits;
  private int bitCount;

  private final int[] prefix = new int[MOST_CODES];
  private final byte[] last = new byte[MOST_CODES];
  private final int[] length = new int[MOST_CODES];

  /**
   * Compressed indices.
   *
   * @param from index of the code size, with which they begin
   */
  GifIndices(byte[] gif, int from) {
    this.gif = gif;
    this.at = from;
  }

  /** Reads that many indices. */
  byte[] read(int count) throws IOException {
    int codeSize = number();
    if (codeSize < 1 || codeSize > Byte.SIZE) {
      throw new IOException("its code size is " + codeSize);
    }
    blockEnd = at;
    int clear = 1 << codeSize;
    for (int i = 0; i < clear; i++) {
      last[i] = (byte) i;
      length[i] = 1;
    }
    byte[] indices = new byte[count];
    int done = 0;
    int next = clear + 2;
    int width = codeSize + 1;
    int before = NONE;
    while (done < count) {
      int code = code(width);
      if (code == clear) {
        next = clear + 2;
        width = codeSize + 1;
        before = NONE;
        continue;
      }
      boolean unknown = before == NONE ? code > clear : code > next;
      if (code == clear + 1 || unknown || (code == next && next == MOST_CODES)) {
        throw new IOException("its compressed pixels are damaged or end early");
      }
      if (before != NONE && next < MOST_CODES) {
        prefix[next] = before;
        length[next] = length[before] + 1;
        last[next] = first(code == next ? before : code);
        next++;
        if (next == 1 << width && width < MOST_BITS) {
          width++;
        }
      }
      done = write(code, indices, done);
      before = code;
    }
    return indices;
  }

  private byte first(int code) {
    int root = code;
    while (length[root] > 1) {
      root = prefix[root];
    }
    return last[root];
  }

  /** Writes the indices that a code stands for, as far as there is room. */
  private int write(int code, byte[] indices, int done) {
    int end = done + length[code];
    int part = code;
    for (int i = end - 1; i >= done; i--) {
      if (i < indices.length) {
        indices[i] = last[part];
      }
      part = prefix[part];
    }
    return Math.min(end, indices.length);
  }

  private int code(int width) throws IOException {
    while (bitCount < width) {
      if (at == blockEnd) {
        int bytes = number();
        if (bytes == 0) {
          throw new IOException("it ends early");
        }
        blockEnd = at + bytes;
      }
      bits |= number() << bitCount;
      bitCount += Byte.SIZE;
    }
    int code = bits & (1 << width) - 1;
    bits >>>= width;
    bitCount -= width;
    return code;
  }

  private int number() throws IOException {
    if (at >= gif.length) {
      throw new IOException("it ends early");
    }
    return gif[at++] & 0xff;
  }
}
