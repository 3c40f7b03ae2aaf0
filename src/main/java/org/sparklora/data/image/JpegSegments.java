package org.sparklora.data.image;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * The segments of a JPEG that its pixels are made of (ITU-T T.81, annex B). Profiles, comments and
 * cameras' notes are left out, whatever state they are in. One segment replaces them. It states the
 * colour space of the samples, found by libjpeg's rules.
 */
final class JpegSegments {
  private static final int START_OF_SCAN = 0xDA;
  private static final int END_OF_IMAGE = 0xD9;
  private static final int APP0 = 0xE0;
  private static final int APP14 = 0xEE;
  private static final int APP15 = 0xEF;
  private static final int COMMENT = 0xFE;

  private static final byte[] JFIF = {
    -1, (byte) APP0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0
  };

  private final byte[] jpeg;
  private final ByteArrayOutputStream kept;

  /** Whether there is a JFIF segment. */
  private boolean jfif;

  /** The colour transform of an Adobe segment; below zero if there is none. */
  private int adobe = -1;

  /** The identifiers of the components, as the frame header has them. */
  private byte[] components = {};

  private boolean progressive;
  private int scans;

  /** The bytes that the coefficients take if several scans are combined. */
  private long coefficientBytes;

  private JpegSegments(byte[] jpeg) {
    this.jpeg = jpeg;
    this.kept = new ByteArrayOutputStream(jpeg.length + JFIF.length);
  }

  /**
   * The parts of a JPEG that are kept.
   *
   * @param bytes a JPEG of the same pixels
   * @param decoderBytes bytes that the decoder takes beside the pixels
   */
  record Kept(byte[] bytes, long decoderBytes) {}

  /**
   * A JPEG of the same pixels with no other segments.
   *
   * @throws IOException when it ends early or is not a sequence of segments
   */
  static Kept ofPixels(byte[] jpeg) throws IOException {
    JpegSegments segments = new JpegSegments(jpeg);
    segments.walk();
    boolean together = segments.progressive || segments.scans > 1;
    return new Kept(segments.kept.toByteArray(), together ? segments.coefficientBytes : 0);
  }

  private void walk() throws IOException {
    kept.write(jpeg, 0, 2);
    int at = 2;
    while (true) {
      at = marker(at);
      int marker = jpeg[at + 1] & 0xff;
      if (marker == END_OF_IMAGE) {
        kept.write(jpeg, at, 2);
        return;
      }
      int end = segmentEnd(at);
      if (marker == START_OF_SCAN) {
        if (scans++ == 0) {
          kept.writeBytes(colours());
        }
        // The compressed samples go on to the next marker.
        end = marker(end);
      }
      if ((marker >= APP0 && marker <= APP15) || marker == COMMENT) {
        note(marker, at + 4, end);
      } else {
        if (isFrameHeader(marker)) {
          frame(marker, at, end);
        }
        kept.write(jpeg, at, end - at);
      }
      at = end;
    }
  }

  /** Finds the next marker. Stray bytes before it are skipped, as in libjpeg. */
  private int marker(int from) throws EOFException {
    for (int at = from; at + 1 < jpeg.length; at++) {
      int code = jpeg[at + 1] & 0xff;
      if (jpeg[at] == -1 && code != 0xff && code > 0x01 && !isRestart(code)) {
        return at;
      }
    }
    throw new EOFException("it ends early");
  }

  private int segmentEnd(int at) throws EOFException {
    if (at + 4 > jpeg.length) {
      throw new EOFException("it ends early");
    }
    int end = at + 2 + twoBytes(at + 2);
    if (end > jpeg.length) {
      throw new EOFException("it ends early");
    }
    return end;
  }

  private static boolean isRestart(int code) {
    return code >= 0xD0 && code <= 0xD7;
  }

  private static boolean isFrameHeader(int marker) {
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
  }

  private void note(int marker, int start, int end) {
    if (marker == APP0 && end - start >= 14 && begins(start, "JFIF\0")) {
      jfif = true;
    } else if (marker == APP14 && end - start >= 12 && begins(start, "Adobe")) {
      adobe = jpeg[start + 11] & 0xff;
    }
  }

  private boolean begins(int at, String text) {
    return new String(jpeg, at, text.length(), StandardCharsets.ISO_8859_1).equals(text);
  }

  private void frame(int marker, int at, int end) throws IOException {
    int count = at + 9 < end ? jpeg[at + 9] & 0xff : 0;
    if (end - at < 10 + 3 * count) {
      throw new IOException("its frame header is too short");
    }
    long pixels = (long) twoBytes(at + 5) * twoBytes(at + 7);
    components = new byte[count];
    int most = 1;
    int sum = 0;
    for (int i = 0; i < count; i++) {
      components[i] = jpeg[at + 10 + 3 * i];
      int factors = jpeg[at + 11 + 3 * i];
      int area = Math.max(1, (factors >> 4 & 15) * (factors & 15));
      most = Math.max(most, area);
      sum += area;
    }
    progressive = marker == 0xC2;
    coefficientBytes = Short.BYTES * pixels * sum / most;
  }

  private int twoBytes(int at) {
    return (jpeg[at] & 0xff) << 8 | (jpeg[at + 1] & 0xff);
  }

  private byte[] colours() {
    return switch (components.length) {
      case 3 -> isRgb() ? adobeSegment(0) : JFIF;
      case 4 -> adobeSegment(adobe <= 0 ? 0 : 2);
      default -> JFIF;
    };
  }

  private boolean isRgb() {
    boolean named = components[0] == 'R' && components[1] == 'G' && components[2] == 'B';
    return !jfif && (adobe < 0 ? named : adobe == 0);
  }

  private static byte[] adobeSegment(int transform) {
    byte[] rest = {0, 100, 0, 0, 0, 0, (byte) transform};
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {-1, (byte) APP14, 0, 14});
    out.writeBytes("Adobe".getBytes(StandardCharsets.ISO_8859_1));
    out.writeBytes(rest);
    return out.toByteArray();
  }
}
