package org.sparklora.data.image;

import static org.sparklora.data.image.Pixels.CHANNELS;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * How a camera was held: tag 0x0112 of a picture's EXIF block (EXIF 2.32, section 4.6.4), 1 to 8.
 * The block is a segment of a JPEG, a chunk of a PNG or of a WebP.
 *
 * @param value 1 for upright
 */
record ExifOrientation(int value) {
  static final ExifOrientation UPRIGHT = new ExifOrientation(1);

  private static final int EXIF_SEGMENT = 0xE1;
  private static final int START_OF_SCAN = 0xDA;
  private static final int ORIENTATION_TAG = 0x0112;
  private static final int TIFF_OFFSET = 6;

  /** Reads a picture's orientation; upright where there is none or its block is damaged. */
  static ExifOrientation of(ImageFormat format, byte[] bytes) {
    try {
      return switch (format) {
        case JPEG -> ofJpeg(bytes);
        case PNG -> ofChunk(ByteBuffer.wrap(bytes), 8, "eXIf", true);
        case WEBP ->
            ofChunk(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), 12, "EXIF", false);
        default -> UPRIGHT;
      };
    } catch (IndexOutOfBoundsException e) {
      return UPRIGHT;
    }
  }

  /**
   * Walks the chunks of a PNG (length, name, content, checksum) or of a RIFF file (name, length,
   * content, a byte more where the length is odd).
   */
  private static ExifOrientation ofChunk(
      ByteBuffer file, int start, String name, boolean lengthFirst) {
    int position = start;
    while (position + 8 <= file.limit()) {
      int length = file.getInt(lengthFirst ? position : position + 4);
      byte[] found = new byte[4];
      file.get(lengthFirst ? position + 4 : position, found);
      if (length < 0) {
        return UPRIGHT;
      }
      if (name.equals(new String(found, StandardCharsets.ISO_8859_1))) {
        int prefix = file.get(position + 8) == 'E' ? TIFF_OFFSET : 0;
        return ofTiff(file.slice(position + 8 + prefix, length - prefix));
      }
      position += 8 + length + (lengthFirst ? 4 : length & 1);
    }
    return UPRIGHT;
  }

  private static ExifOrientation ofJpeg(byte[] jpeg) {
    ByteBuffer buffer = ByteBuffer.wrap(jpeg);
    int position = 2;
    while (position + 4 <= jpeg.length && jpeg[position] == (byte) 0xff) {
      int marker = jpeg[position + 1] & 0xff;
      int length = buffer.getShort(position + 2) & 0xffff;
      if (marker == START_OF_SCAN || position + 2 + length > jpeg.length) {
        return UPRIGHT;
      }
      if (marker == EXIF_SEGMENT && startsWithExif(jpeg, position + 4, length - 2)) {
        int tiff = position + 4 + TIFF_OFFSET;
        return ofTiff(buffer.slice(tiff, length - 2 - TIFF_OFFSET));
      }
      position += 2 + length;
    }
    return UPRIGHT;
  }

  private static boolean startsWithExif(byte[] bytes, int at, int length) {
    return length >= TIFF_OFFSET + 8
        && bytes[at] == 'E'
        && bytes[at + 1] == 'x'
        && bytes[at + 2] == 'i'
        && bytes[at + 3] == 'f';
  }

  private static ExifOrientation ofTiff(ByteBuffer tiff) {
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    if (directory < 0 || directory > tiff.limit() - 2) {
      return UPRIGHT;
    }
    int entries = tiff.getShort(directory) & 0xffff;
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if (entry > tiff.limit() - 12) {
        return UPRIGHT;
      }
      if ((tiff.getShort(entry) & 0xffff) == ORIENTATION_TAG) {
        int value = tiff.getShort(entry + 8) & 0xffff;
        return value >= 1 && value <= 8 ? new ExifOrientation(value) : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  /** The picture as it was seen. */
  Pixels upright(Pixels image) {
    if (value == 1) {
      return image;
    }
    boolean sidesSwap = value >= 5;
    int width = sidesSwap ? image.height() : image.width();
    int height = sidesSwap ? image.width() : image.height();
    byte[] out = new byte[image.rgb().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = source(x, y, image.width(), image.height()) * CHANNELS;
        System.arraycopy(image.rgb(), from, out, (y * width + x) * CHANNELS, CHANNELS);
      }
    }
    return new Pixels(width, height, out);
  }

  /** Index of the stored pixel that is seen at (x, y). */
  private int source(int x, int y, int storedWidth, int storedHeight) {
    int right = storedWidth - 1;
    int bottom = storedHeight - 1;
    return switch (value) {
      case 2 -> y * storedWidth + right - x;
      case 3 -> (bottom - y) * storedWidth + right - x;
      case 4 -> (bottom - y) * storedWidth + x;
      case 5 -> x * storedWidth + y;
      case 6 -> (bottom - x) * storedWidth + y;
      case 7 -> (bottom - x) * storedWidth + right - y;
      case 8 -> x * storedWidth + right - y;
      default -> y * storedWidth + x;
    };
  }
}
