package org.sparklora.data.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The chunks of a PNG that its pixels are made of (PNG specification, section 5). All other chunks
 * are left out: times, texts, profiles and the like may even be damaged.
 */
final class PngChunks {
  private static final int SIGNATURE_BYTES = 8;

  /** A chunk's length, name and checksum. */
  private static final int FRAME_BYTES = 12;

  private static final String DATA = "IDAT";
  private static final Set<String> OF_PIXELS = Set.of("IHDR", "PLTE", "tRNS", DATA);

  private final byte[] png;

  /**
   * A chunk.
   *
   * @param start of its content
   * @param length of its content; the last chunk of a truncated file has less
   */
  private record Chunk(String name, int start, int length) {}

  private PngChunks(byte[] png) {
    this.png = png;
  }

  /**
   * A PNG of the same pixels with no other chunks.
   *
   * @throws IOException when a checksum shows that the chunks are damaged
   */
  static byte[] ofPixels(byte[] png) throws IOException {
    return new PngChunks(png).withoutOthers();
  }

  private byte[] withoutOthers() throws IOException {
    List<Chunk> chunks = chunks();
    boolean sound = true;
    ByteArrayOutputStream kept = new ByteArrayOutputStream(png.length + FRAME_BYTES);
    kept.write(png, 0, SIGNATURE_BYTES);
    for (Chunk chunk : chunks) {
      boolean intact = isIntact(chunk);
      if (!intact && !chunk.name().equals(DATA)) {
        throw new IOException("the checksum of its chunk " + chunk.name() + " is wrong");
      }
      if (chunk.name().equals("tRNS") && chunk.length() < keyBytes()) {
        throw new IOException("its chunk tRNS is too short");
      }
      sound &= intact;
      write(chunk, kept);
    }
    if (!sound && !inflates(chunks)) {
      throw new IOException("the checksums of its pixels are wrong");
    }
    kept.write(ByteBuffer.allocate(4).array());
    kept.write("IEND".getBytes(StandardCharsets.ISO_8859_1));
    kept.write(ByteBuffer.allocate(4).putInt(0xAE426082).array());
    return kept.toByteArray();
  }

  private List<Chunk> chunks() throws IOException {
    List<Chunk> found = new ArrayList<>();
    boolean dataBegan = false;
    int at = SIGNATURE_BYTES;
    while (at + 8 <= png.length) {
      int length = ByteBuffer.wrap(png).getInt(at);
      String name = new String(png, at + 4, 4, StandardCharsets.ISO_8859_1);
      if (length < 0 || !name.matches("[A-Za-z]{4}")) {
        throw new IOException("it has no chunk at byte " + at);
      }
      if (name.equals("IEND")) {
        break;
      }
      boolean data = name.equals(DATA);
      // Chunks that describe the pixels stand before them, once.
      if (OF_PIXELS.contains(name) && (data || !dataBegan)) {
        found.add(new Chunk(name, at + 8, Math.min(length, png.length - at - 8)));
      }
      dataBegan |= data;
      long next = (long) at + FRAME_BYTES + length;
      if (next > png.length) {
        break;
      }
      at = (int) next;
    }
    return found;
  }

  /** Whether a chunk's checksum is right. A chunk whose end is missing is not checked. */
  private boolean isIntact(Chunk chunk) {
    int end = chunk.start() + chunk.length();
    if (end + 4 > png.length) {
      return true;
    }
    CRC32 sum = new CRC32();
    sum.update(png, chunk.start() - 4, chunk.length() + 4);
    return (int) sum.getValue() == ByteBuffer.wrap(png).getInt(end);
  }

  /** The length that the chunk of the transparent colour must have. */
  private int keyBytes() {
    int colourType = png.length > 25 ? png[25] : 0;
    return switch (colourType) {
      case 0 -> 2;
      case 2 -> 6;
      default -> 0;
    };
  }

  private void write(Chunk chunk, ByteArrayOutputStream to) {
    to.writeBytes(ByteBuffer.allocate(4).putInt(chunk.length()).array());
    to.write(png, chunk.start() - 4, chunk.length() + 4);
    to.writeBytes(new byte[4]);
  }

  /** Whether the compressed pixels end with their own right checksum. */
  private boolean inflates(List<Chunk> chunks) {
    Inflater inflater = new Inflater();
    byte[] ignored = new byte[1 << 16];
    try {
      for (Chunk chunk : chunks) {
        if (chunk.name().equals(DATA)) {
          inflater.setInput(png, chunk.start(), chunk.length());
          while (!inflater.finished() && inflater.inflate(ignored) > 0) {
            // The inflated bytes are not needed here.
          }
        }
      }
      return inflater.finished();
    } catch (DataFormatException e) {
      return false;
    } finally {
      inflater.end();
    }
  }
}
