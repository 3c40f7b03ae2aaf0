package org.sparklora.data.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.util.Arrays;

/**
 * The first picture of a GIF (GIF89a), on its screen, as Pillow and browsers show it. A picture may
 * be smaller than the screen and stand anywhere on it. The screen around it is transparent if the
 * picture has a transparent colour, otherwise it has the palette's first colour.
 */
final class GifPicture {
  private static final int HEADER_BYTES = 13;
  private static final int EXTENSION = 0x21;
  private static final int CONTROL = 0xF9;
  private static final int IMAGE = 0x2C;
  private static final int COLOURS = 256;
  private static final int NONE = -1;

  private final byte[] gif;
  private final Size screen;
  private final int left;
  private final int top;
  private final Size frame;
  private final boolean interlaced;
  private final IndexColorModel palette;

  /** Index of the first byte of the compressed indices. */
  private final int data;

  /** Reads everything before the first picture's indices. */
  GifPicture(byte[] gif) throws IOException {
    this.gif = gif;
    int at = HEADER_BYTES;
    int colours = flags(10);
    int colourTable = NONE;
    int tableFlags = colours;
    if ((colours & 0x80) != 0) {
      colourTable = at;
      at += tableBytes(colours);
    }
    int transparent = NONE;
    while (number(at) != IMAGE) {
      if (number(at) != EXTENSION) {
        throw new IOException("it has no picture");
      }
      if (number(at + 1) == CONTROL && (number(at + 3) & 1) != 0) {
        transparent = number(at + 6);
      }
      at = blocksEnd(at + 2);
    }
    left = twoBytes(at + 1);
    top = twoBytes(at + 3);
    frame = new Size(twoBytes(at + 5), twoBytes(at + 7));
    screen =
        new Size(
            Math.max(twoBytes(6), left + frame.width()),
            Math.max(twoBytes(8), top + frame.height()));
    int own = flags(at + 9);
    interlaced = (own & 0x40) != 0;
    at += 10;
    if ((own & 0x80) != 0) {
      colourTable = at;
      tableFlags = own;
      at += tableBytes(own);
    }
    palette = palette(colourTable, tableFlags, transparent);
    data = at;
  }

  /** The screen's size. */
  Size size() {
    if (frame.pixels() == 0) {
      throw new IllegalArgumentException("its picture has no pixels");
    }
    return screen;
  }

  /**
   * The memory that decoding takes up to and including the palette indices of the whole screen, in
   * bytes.
   */
  long bytes() {
    return frame.pixels() + screen.pixels();
  }

  /** The screen with the picture. */
  BufferedImage read() throws IOException {
    byte[] indices = new GifIndices(gif, data).read(Math.toIntExact(frame.pixels()));
    BufferedImage image =
        new BufferedImage(
            screen.width(), screen.height(), BufferedImage.TYPE_BYTE_INDEXED, palette);
    byte[] pixels = ((DataBufferByte) image.getRaster().getDataBuffer()).getData();
    Arrays.fill(pixels, (byte) Math.max(palette.getTransparentPixel(), 0));
    int[] rows = rows();
    for (int i = 0; i < frame.height(); i++) {
      int to = (top + rows[i]) * screen.width() + left;
      System.arraycopy(indices, i * frame.width(), pixels, to, frame.width());
    }
    return image;
  }

  /** The row numbers in the order in which rows are stored. */
  private int[] rows() {
    int[] rows = new int[frame.height()];
    int[][] passes =
        interlaced ? new int[][] {{0, 8}, {4, 8}, {2, 4}, {1, 2}} : new int[][] {{0, 1}};
    int count = 0;
    for (int[] pass : passes) {
      for (int row = pass[0]; row < frame.height(); row += pass[1]) {
        rows[count++] = row;
      }
    }
    return rows;
  }

  /** The colours of the table, or greys if there is no table. Colours past its end are black. */
  private IndexColorModel palette(int table, int flags, int transparent) throws IOException {
    byte[] rgb = new byte[COLOURS * Pixels.CHANNELS];
    if (table == NONE) {
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = (byte) (i / Pixels.CHANNELS);
      }
    } else {
      int length = tableBytes(flags);
      number(table + length - 1);
      System.arraycopy(gif, table, rgb, 0, length);
    }
    return new IndexColorModel(Byte.SIZE, COLOURS, rgb, 0, false, transparent);
  }

  private static int tableBytes(int flags) {
    return Pixels.CHANNELS << ((flags & 7) + 1);
  }

  private int flags(int at) throws IOException {
    return number(at);
  }

  /** Finds the end of a sequence of blocks, each of which begins with its length. */
  private int blocksEnd(int from) throws IOException {
    int at = from;
    while (number(at) != 0) {
      at += 1 + number(at);
    }
    return at + 1;
  }

  private int twoBytes(int at) throws IOException {
    return number(at) | number(at + 1) << Byte.SIZE;
  }

  private int number(int at) throws IOException {
    if (at >= gif.length) {
      throw new IOException("it ends early");
    }
    return gif[at] & 0xff;
  }
}
