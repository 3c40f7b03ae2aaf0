package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.sparklora.util.InvalidInputException;

/**
 * The uncompressed entries of a zip archive, each with its place in the file. Nothing is ever
 * decompressed, so an archive cannot grow. Formats: PKWARE APPNOTE 4.3 (end of central directory,
 * zip64 records, central directory, local headers).
 */
final class StoredZip {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_BYTES = 56;
  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final long IN_ZIP_64 = 0xFFFFFFFFL;

  /** A model has some thousand tensors; their directory takes about 100 bytes each. */
  private static final long MAX_DIRECTORY_BYTES = 16 << 20;

  /** A directory entry; {@code header} is the position of its local header. */
  private record Entry(long header, long size) {}

  private final TensorFileMapping file;
  private final String source;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private StoredZip(TensorFileMapping file, String source) {
    this.file = file;
    this.source = source;
  }

  static StoredZip read(TensorFileMapping file, String source) {
    StoredZip zip = new StoredZip(file, source);
    ByteBuffer directory = zip.directory();
    while (directory.remaining() >= CENTRAL_BYTES
        && directory.getInt(directory.position()) == CENTRAL) {
      zip.readEntry(directory);
    }
    return zip;
  }

  /** The names of all entries, in order of the directory. */
  Iterable<String> names() {
    return entries.keySet();
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  long size(String name) {
    return entry(name).size();
  }

  /** The position of an entry's bytes in the file. */
  long offset(String name) {
    Entry entry = entry(name);
    ByteBuffer local = map(entry.header(), LOCAL_BYTES);
    if (local.getInt(0) != LOCAL) {
      throw invalid("entry " + name + " has no local header");
    }
    long data = entry.header() + LOCAL_BYTES + unsigned(local, 26) + unsigned(local, 28);
    if (data > file.size() - entry.size()) {
      throw invalid("entry " + name + " ends beyond the file");
    }
    return data;
  }

  private Entry entry(String name) {
    Entry entry = entries.get(name);
    if (entry == null) {
      throw invalid("it has no entry " + name);
    }
    return entry;
  }

  /** Finds the central directory through the record at the end of the file. */
  private ByteBuffer directory() {
    long tailBytes = Math.min(file.size(), END_BYTES + 0xFFFFL);
    long tailStart = file.size() - tailBytes;
    ByteBuffer tail = map(tailStart, tailBytes);
    int end = tail.limit() - END_BYTES;
    while (end >= 0 && tail.getInt(end) != END) {
      end--;
    }
    if (end < 0) {
      throw invalid("it has no zip directory; it is probably cut short, copy it again");
    }
    long size = tail.getInt(end + 12) & IN_ZIP_64;
    long offset = tail.getInt(end + 16) & IN_ZIP_64;
    long locator = tailStart + end - LOCATOR_64_BYTES;
    if (locator >= 0) {
      ByteBuffer record = map(locator, LOCATOR_64_BYTES);
      if (record.getInt(0) == LOCATOR_64) {
        ByteBuffer end64 = map(record.getLong(8), END_64_BYTES);
        if (end64.getInt(0) != END_64) {
          throw invalid("its zip64 directory is damaged");
        }
        size = end64.getLong(40);
        offset = end64.getLong(48);
      }
    }
    if (size < 0 || size > MAX_DIRECTORY_BYTES) {
      throw invalid("its zip directory claims " + size + " bytes, at most 16 MiB are allowed");
    }
    return map(offset, size);
  }

  private void readEntry(ByteBuffer directory) {
    int start = directory.position();
    int nameBytes = unsigned(directory, start + 28);
    int extraBytes = unsigned(directory, start + 30);
    int commentBytes = unsigned(directory, start + 32);
    int end = start + CENTRAL_BYTES + nameBytes + extraBytes + commentBytes;
    if (end > directory.limit()) {
      throw invalid("its zip directory is damaged");
    }
    byte[] nameBuffer = new byte[nameBytes];
    directory.get(start + CENTRAL_BYTES, nameBuffer);
    String name = new String(nameBuffer, StandardCharsets.UTF_8);
    boolean encrypted = (unsigned(directory, start + 8) & 1) != 0;
    int method = unsigned(directory, start + 10);
    if (encrypted || method != 0) {
      throw InvalidInputException.data(
          "Unsupported torch file "
              + source
              + ": entry "
              + name
              + " is "
              + (encrypted ? "encrypted" : "compressed")
              + "; torch stores entries as they are, save the file again with torch");
    }
    ByteBuffer extra = directory.slice(start + CENTRAL_BYTES + nameBytes, extraBytes);
    Zip64Sizes sizes =
        Zip64Sizes.of(
            extra.order(directory.order()),
            directory.getInt(start + 24) & IN_ZIP_64,
            directory.getInt(start + 20) & IN_ZIP_64,
            directory.getInt(start + 42) & IN_ZIP_64);
    if (sizes.size() != sizes.compressed()
        || sizes.size() < 0
        || sizes.size() > file.size()
        || sizes.header() < 0
        || sizes.header() > file.size() - LOCAL_BYTES) {
      throw invalid("entry " + name + " lies outside the file");
    }
    if (entries.put(name, new Entry(sizes.header(), sizes.size())) != null) {
      throw invalid("entry " + name + " is there twice");
    }
    directory.position(end);
  }

  private ByteBuffer map(long offset, long bytes) {
    if (offset < 0 || offset > file.size() - bytes) {
      throw invalid("its zip directory points outside the file; it is probably cut short");
    }
    return file.map(offset, bytes, "the zip directory");
  }

  private InvalidInputException invalid(String why) {
    return InvalidInputException.data("Invalid torch file " + source + ": " + why);
  }

  private static int unsigned(ByteBuffer bytes, int position) {
    return Short.toUnsignedInt(bytes.getShort(position));
  }

  /**
   * An entry's numbers; those that do not fit in 32 bits are in the zip64 extra field, in order.
   */
  private record Zip64Sizes(long size, long compressed, long header) {
    private static final int ZIP_64 = 1;

    static Zip64Sizes of(ByteBuffer extra, long size, long compressed, long header) {
      ByteBuffer wide = zip64(extra);
      return new Zip64Sizes(widen(wide, size), widen(wide, compressed), widen(wide, header));
    }

    private static long widen(ByteBuffer wide, long value) {
      return value == IN_ZIP_64 && wide.remaining() >= Long.BYTES ? wide.getLong() : value;
    }

    private static ByteBuffer zip64(ByteBuffer extra) {
      int at = 0;
      while (at + 4 <= extra.limit()) {
        int bytes = unsigned(extra, at + 2);
        if (at + 4 + bytes > extra.limit()) {
          break;
        }
        if (unsigned(extra, at) == ZIP_64) {
          return extra.slice(at + 4, bytes).order(extra.order());
        }
        at += 4 + bytes;
      }
      return ByteBuffer.allocate(0);
    }
  }
}
