package org.sparklora.data.image;

import static org.sparklora.data.image.Pixels.CHANNELS;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The orientation of a picture: tag 0x0112 of its EXIF block (EXIF 2.32, section 4.6.4), 1 to 8. If
 * the block has none, the XMP packet's value counts. Both are read as Pillow reads them.
 *
 * @param value 1 for upright
 */
record ExifOrientation(int value) {
  static final ExifOrientation UPRIGHT = new ExifOrientation(1);

  private static final int ORIENTATION_TAG = 0x0112;
  private static final int SHORT = 3;
  private static final int LONG = 4;

  private static final Pattern IN_XMP = Pattern.compile("tiff:Orientation(?:=\"|>)([0-9])");

  /** Reads a picture's orientation; upright if there is none or the block is damaged. */
  static ExifOrientation of(ImageFormat format, byte[] bytes) {
    CameraNotes notes = CameraNotes.of(format, bytes);
    int value =
        notes
            .exif()
            .flatMap(ExifOrientation::ofTiff)
            .or(() -> notes.xmp().flatMap(ExifOrientation::ofXmp))
            .orElse(1);
    return value >= 1 && value <= 8 ? new ExifOrientation(value) : UPRIGHT;
  }

  private static Optional<Integer> ofXmp(String packet) {
    Matcher found = IN_XMP.matcher(packet);
    return found.find() ? Optional.of(Integer.parseInt(found.group(1))) : Optional.empty();
  }

  private static Optional<Integer> ofTiff(ByteBuffer block) {
    try {
      return inFirstDirectory(block.duplicate());
    } catch (IndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static Optional<Integer> inFirstDirectory(ByteBuffer tiff) {
    tiff.order(tiff.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    int directory = tiff.getInt(4);
    int entries = tiff.getShort(directory) & 0xffff;
    for (int i = 0; i < entries; i++) {
      int entry = directory + 2 + 12 * i;
      if ((tiff.getShort(entry) & 0xffff) == ORIENTATION_TAG) {
        return Optional.of(
            switch (tiff.getShort(entry + 2)) {
              case SHORT -> tiff.getShort(entry + 8) & 0xffff;
              case LONG -> tiff.getInt(entry + 8);
              default -> 1;
            });
      }
    }
    return Optional.empty();
  }

  /** The size of a picture after it is turned upright. */
  Size upright(Size stored) {
    return value >= 5
        ? new Size(/* width= */ stored.height(), /* height= */ stored.width())
        : stored;
  }

  /** The picture turned upright. */
  Pixels upright(Pixels image) {
    if (value == 1) {
      return image;
    }
    Size seen = upright(new Size(image.width(), image.height()));
    int width = seen.width();
    int height = seen.height();
    byte[] out = new byte[image.rgb().length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int from = source(x, y, image.width(), image.height()) * CHANNELS;
        System.arraycopy(image.rgb(), from, out, (y * width + x) * CHANNELS, CHANNELS);
      }
    }
    return new Pixels(width, height, out);
  }

  /** Index of the stored pixel that is at (x, y) of the upright picture. */
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
