package org.sparklora.data.image;

import java.util.Locale;

/** A format, recognised by a picture's first bytes. */
enum ImageFormat {
  PNG(0, "\u0089PNG\r\n"),
  JPEG(0, "\u00ff\u00d8\u00ff"),
  GIF(0, "GIF8"),
  BMP(0, "BM"),
  WEBP(8, "WEBP"),
  AVIF(4, "ftypavif"),
  HEIC(4, "ftyphei"),
  TIFF_LITTLE_ENDIAN(0, "II*\0"),
  TIFF_BIG_ENDIAN(0, "MM\0*"),
  JPEG_XL(0, "\u00ff\n"),
  JPEG_XL_CONTAINER(4, "JXL "),
  SVG(0, "<svg"),
  HTML(0, "<!DO"),
  UNKNOWN(0, "");

  private final int offset;
  private final String magic;

  ImageFormat(int offset, String magic) {
    this.offset = offset;
    this.magic = magic;
  }

  static ImageFormat of(byte[] bytes) {
    for (ImageFormat format : values()) {
      if (format.matches(bytes)) {
        return format;
      }
    }
    return UNKNOWN;
  }

  /** Whether pictures of this format can be decoded. */
  boolean isDecoded() {
    return this == PNG || this == JPEG || this == WEBP || this == GIF || this == BMP;
  }

  /** The format's usual name. */
  String text() {
    return this == UNKNOWN ? "unknown format" : name().replace('_', ' ').toUpperCase(Locale.ROOT);
  }

  private boolean matches(byte[] bytes) {
    if (bytes.length < offset + magic.length()) {
      return false;
    }
    for (int i = 0; i < magic.length(); i++) {
      if ((bytes[offset + i] & 0xff) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
