package org.sparklora.report.track;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32;

/**
 * The framing of a {@code .wandb} file: LevelDB's log format (github.com/google/leveldb, doc/
 * log_format.md) with zlib's CRC-32, behind a header of seven bytes that counts as part of the
 * first block.
 */
final class WandbLog {
  static final int BLOCK_BYTES = 32768;
  static final int HEADER_BYTES = 7;

  /** {@code :W&B}, the lower half of the CRC-32 of {@code Weights & Biases}, and version 0. */
  private static final byte[] HEADER = {':', 'W', '&', 'B', (byte) 0xE1, (byte) 0xBE, 0};

  private static final int FULL = 1;
  private static final int FIRST = 2;
  private static final int MIDDLE = 3;
  private static final int LAST = 4;

  private long position;

  /** The beginning of a file. */
  byte[] header() {
    position = HEADER.length;
    return HEADER.clone();
  }

  /** Frames the next record for the file. */
  byte[] frame(byte[] record) {
    ByteBuffer framed =
        ByteBuffer.allocate(mostBytes(record.length)).order(ByteOrder.LITTLE_ENDIAN);
    int from = 0;
    do {
      int left = left(position + framed.position());
      if (left < HEADER_BYTES) {
        framed.put(new byte[left]);
        left = BLOCK_BYTES;
      }
      int length = Math.min(record.length - from, left - HEADER_BYTES);
      boolean last = from + length == record.length;
      int type = from == 0 ? (last ? FULL : FIRST) : (last ? LAST : MIDDLE);
      framed.putInt(crc(type, record, from, length)).putShort((short) length).put((byte) type);
      framed.put(record, from, length);
      from += length;
    } while (from < record.length);
    position += framed.position();
    byte[] bytes = new byte[framed.position()];
    framed.flip().get(bytes);
    return bytes;
  }

  /** Reads the records of a file, up to the first that is truncated or damaged. */
  static List<byte[]> read(byte[] file) {
    List<byte[]> records = new ArrayList<>();
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(Math.min(HEADER.length, file.length));
    ByteBuffer record = ByteBuffer.allocate(file.length);
    while (true) {
      int left = left(bytes.position());
      if (left < HEADER_BYTES) {
        bytes.position(Math.min(bytes.position() + left, file.length));
      }
      if (bytes.remaining() < HEADER_BYTES) {
        return records;
      }
      int crc = bytes.getInt();
      int length = Short.toUnsignedInt(bytes.getShort());
      int type = bytes.get();
      if (length > bytes.remaining() || crc != crc(type, file, bytes.position(), length)) {
        return records;
      }
      record.put(file, bytes.position(), length);
      bytes.position(bytes.position() + length);
      if (type == FULL || type == LAST) {
        byte[] whole = new byte[record.flip().remaining()];
        record.get(whole).clear();
        records.add(whole);
      }
    }
  }

  private static int left(long position) {
    return BLOCK_BYTES - (int) (position % BLOCK_BYTES);
  }

  private static int mostBytes(int record) {
    int blocks = record / (BLOCK_BYTES - HEADER_BYTES) + 2;
    return record + 2 * HEADER_BYTES * blocks;
  }

  private static int crc(int type, byte[] bytes, int from, int length) {
    CRC32 crc = new CRC32();
    crc.update(type);
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }
}
