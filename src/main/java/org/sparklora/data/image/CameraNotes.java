package org.sparklora.data.image;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.InflaterInputStream;

/**
 * The blocks of a picture's file in which a camera or a program recorded how the camera was held. A
 * damaged block counts as absent.
 *
 * @param exif an EXIF block, from its byte order on
 * @param xmp an XMP packet
 */
record CameraNotes(Optional<ByteBuffer> exif, Optional<String> xmp) {
  private static final CameraNotes NONE = new CameraNotes(Optional.empty(), Optional.empty());

  private static final String EXIF_PREFIX = "Exif\0\0";
  private static final String XMP_SEGMENT = "http://ns.adobe.com/xap/1.0/\0";
  private static final String XMP_TEXT = "XML:com.adobe.xmp";

  /** An EXIF block in hexadecimal digits, as ImageMagick writes it. */
  private static final String EXIF_TEXT = "Raw profile type exif";

  private static final int APP1 = 0xE1;
  private static final int START_OF_SCAN = 0xDA;

  /** A compressed text of more bytes cannot be one that is looked for. */
  private static final int MOST_TEXT_BYTES = 1 << 20;

  static CameraNotes of(ImageFormat format, byte[] file) {
    return switch (format) {
      case JPEG -> ofJpeg(file);
      case PNG -> ofPng(ByteBuffer.wrap(file));
      case WEBP -> ofWebp(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
      default -> NONE;
    };
  }

  /** These notes, completed with the notes of another block. */
  private CameraNotes and(CameraNotes other) {
    return new CameraNotes(exif.or(other::exif), xmp.or(other::xmp));
  }

  private static CameraNotes ofExif(ByteBuffer block) {
    ByteBuffer tiff = begins(block, EXIF_PREFIX) ? tail(block, EXIF_PREFIX.length()) : block;
    return new CameraNotes(Optional.of(tiff), Optional.empty());
  }

  private static CameraNotes ofXmp(String packet) {
    return new CameraNotes(Optional.empty(), Optional.of(packet));
  }

  private static CameraNotes ofJpeg(byte[] jpeg) {
    ByteBuffer file = ByteBuffer.wrap(jpeg);
    CameraNotes notes = NONE;
    int at = 2;
    while (at + 4 <= jpeg.length) {
      int marker = jpeg[at + 1] & 0xff;
      if (jpeg[at] != -1 || marker == 0xff) {
        at++;
        continue;
      }
      int length = file.getShort(at + 2) & 0xffff;
      if (marker == START_OF_SCAN || length < 2 || at + 2 + length > jpeg.length) {
        return notes;
      }
      ByteBuffer content = file.slice(at + 4, length - 2);
      if (marker == APP1 && begins(content, EXIF_PREFIX)) {
        notes = notes.and(ofExif(content));
      } else if (marker == APP1 && begins(content, XMP_SEGMENT)) {
        notes = notes.and(ofXmp(text(tail(content, XMP_SEGMENT.length()))));
      }
      at += 2 + length;
    }
    return notes;
  }

  private static CameraNotes ofWebp(ByteBuffer webp) {
    CameraNotes notes = NONE;
    long at = 12;
    while (at + 8 <= webp.limit()) {
      int chunk = (int) at;
      int length = webp.getInt(chunk + 4);
      if (length < 0 || at + 8 + length > webp.limit()) {
        return notes;
      }
      ByteBuffer content = webp.slice(chunk + 8, length);
      switch (text(webp.slice(chunk, 4))) {
        case "EXIF" -> notes = notes.and(ofExif(content));
        case "XMP " -> notes = notes.and(ofXmp(text(content)));
        default -> {}
      }
      at += 8L + length + (length & 1);
    }
    return notes;
  }

  private static CameraNotes ofPng(ByteBuffer png) {
    CameraNotes notes = NONE;
    CameraNotes fromTexts = NONE;
    long at = 8;
    while (at + 12 <= png.limit()) {
      int chunk = (int) at;
      int length = png.getInt(chunk);
      if (length < 0 || at + 12 + length > png.limit()) {
        break;
      }
      ByteBuffer content = png.slice(chunk + 8, length);
      String name = text(png.slice(chunk + 4, 4));
      if (name.matches("eXIf|tEXt|zTXt|iTXt") && isIntact(png, chunk, length)) {
        if (name.equals("eXIf")) {
          notes = notes.and(ofExif(content));
        } else {
          fromTexts = fromTexts.and(ofText(name, content));
        }
      }
      at += 12L + length;
    }
    return notes.and(fromTexts);
  }

  private static boolean isIntact(ByteBuffer png, int chunk, int length) {
    CRC32 sum = new CRC32();
    sum.update(png.slice(chunk + 4, length + 4));
    return (int) sum.getValue() == png.getInt(chunk + 8 + length);
  }

  /**
   * Reads a text chunk of a PNG: a key, a zero, fields that depend on the kind of chunk, and the
   * text.
   */
  private static CameraNotes ofText(String kind, ByteBuffer content) {
    boolean xmp = kind.equals("iTXt") && begins(content, XMP_TEXT + "\0");
    boolean exif = begins(content, EXIF_TEXT + "\0");
    if (!xmp && !exif) {
      return NONE;
    }
    try {
      ByteBuffer rest = tail(content, (xmp ? XMP_TEXT : EXIF_TEXT).length() + 1);
      boolean compressed = kind.equals("zTXt");
      if (kind.equals("iTXt")) {
        compressed = rest.get(0) != 0;
        // A language and a translated key stand before the text.
        rest = afterZero(afterZero(tail(rest, 2)));
      } else if (compressed) {
        rest = tail(rest, 1);
      }
      String found = compressed ? inflated(rest) : text(rest);
      return xmp ? ofXmp(found) : ofExif(ByteBuffer.wrap(hexadecimal(found)));
    } catch (IOException | RuntimeException e) {
      return NONE;
    }
  }

  /** Decodes hexadecimal digits that follow three lines of heading. */
  private static byte[] hexadecimal(String profile) {
    String[] lines = profile.split("\n", 4);
    return HexFormat.of().parseHex(lines[3].replaceAll("\\s", ""));
  }

  private static String inflated(ByteBuffer compressed) throws IOException {
    byte[] bytes = new byte[compressed.remaining()];
    compressed.get(bytes);
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(bytes))) {
      return new String(in.readNBytes(MOST_TEXT_BYTES), StandardCharsets.ISO_8859_1);
    }
  }

  private static ByteBuffer afterZero(ByteBuffer bytes) {
    int at = 0;
    while (bytes.get(at) != 0) {
      at++;
    }
    return tail(bytes, at + 1);
  }

  private static ByteBuffer tail(ByteBuffer bytes, int from) {
    return bytes.slice(from, bytes.limit() - from);
  }

  private static boolean begins(ByteBuffer bytes, String start) {
    return bytes.limit() >= start.length() && text(bytes.slice(0, start.length())).equals(start);
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
  }
}
