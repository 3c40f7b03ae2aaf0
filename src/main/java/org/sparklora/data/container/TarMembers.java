package org.sparklora.data.container;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.sparklora.util.ForeignFile;

/**
 * Lists the files of a tar by its headers, in the formats that GNU tar, Python and POSIX write:
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
 */
final class TarMembers {
  private static final int BLOCK = 512;
  private static final int OCTAL = 8;
  private static final int LONGEST_NOTE = 1 << 20;

  /** The most empty bytes after the last member: a block of a tape. */
  private static final int MOST_PADDING = 1 << 20;

  private final FileBytes file;
  private final List<TarMember> members = new ArrayList<>();

  /** What notes say about the member that follows them. */
  private final Map<String, String> notes = new HashMap<>();

  private TarMembers(FileBytes file) {
    this.file = file;
  }

  /**
   * The regular files, in order.
   *
   * @throws IOException when it is no tar, is cut short, or has links or files with holes
   */
  static List<TarMember> of(FileBytes file) throws IOException {
    byte[] head = file.at(0, Math.min(file.length(), ForeignFile.HEAD_BYTES));
    Optional<ForeignFile> foreign = ForeignFile.of(head);
    if (foreign.isPresent()) {
      throw new IOException(foreign.get().text());
    }
    TarMembers tar = new TarMembers(file);
    long at = 0;
    while (at >= 0) {
      at = tar.next(at);
    }
    return tar.members;
  }

  /** Reads a member. Returns where the next one begins, or -1 after the last. */
  private long next(long at) throws IOException {
    byte[] header = file.at(at, BLOCK);
    if (isZero(header)) {
      requireEnd(at);
      return -1;
    }
    requireChecksum(header, at);
    char type = (char) (header[156] & 0xFF);
    long from = at + BLOCK;
    long bytes = Long.parseLong(notes.getOrDefault("size", number(header, 124, 12) + ""));
    file.requireThere(from, bytes);
    switch (type) {
      case 'L' -> notes.put("path", text(note(from, bytes), 0, (int) bytes));
      case 'x' -> readNotes(note(from, bytes));
      case 'g', 'K' -> {} // defaults for all members, and long names of links
      default -> {
        take(type, notes.getOrDefault("path", name(header)), from, bytes);
        notes.clear();
      }
    }
    return from + (bytes + BLOCK - 1) / BLOCK * BLOCK;
  }

  /**
   * Checks that nothing but padding follows the first empty block. A download that was interrupted
   * may have its whole length and zeros from some place on.
   */
  private void requireEnd(long at) throws IOException {
    long rest = file.length() - at;
    if (rest > MOST_PADDING || !isZero(file.at(at, rest))) {
      throw new IOException(
          at == 0
              ? "it is damaged: it begins with empty blocks; copy it again"
              : "it is damaged: it goes on after an end at byte "
                  + at
                  + "; copy it again, and join tars with tar -A, not with cat");
    }
  }

  private void take(char type, String name, long from, long bytes) throws IOException {
    boolean sparse = notes.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse"));
    if (type == 'S' || sparse) {
      throw new IOException(
          "its member " + name + " is stored with holes; make the tar again without --sparse");
    }
    switch (type) {
      case '1', '2' ->
          throw new IOException(
              "its member "
                  + name
                  + " is a link; make the tar again with --dereference --hard-dereference");
      case '0', '\0', '7' -> {
        if (!name.endsWith("/")) {
          members.add(new TarMember(name, from, bytes));
        }
      }
      default -> {} // folders and devices
    }
  }

  private byte[] note(long from, long bytes) throws IOException {
    if (bytes > LONGEST_NOTE) {
      throw new IOException("it is damaged: a member's name has " + bytes + " bytes");
    }
    return file.at(from, bytes);
  }

  /** Reads lines {@code LENGTH KEY=VALUE}, whose length counts the whole line. */
  private void readNotes(byte[] content) throws IOException {
    int at = 0;
    while (at < content.length) {
      int space = at;
      int length = 0;
      while (space < content.length
          && Character.isDigit(content[space])
          && length < BLOCK * BLOCK) {
        length = length * 10 + content[space++] - '0';
      }
      int end = at + length;
      if (space == at || end > content.length || end <= space + 1 || content[space] != ' ') {
        throw new IOException("it is damaged: a member's notes cannot be read");
      }
      String[] entry = decoded(content, space + 1, end - space - 2).split("=", 2);
      if (entry.length == 2) {
        notes.put(entry[0], entry[1]);
      }
      at = end;
    }
    String size = notes.getOrDefault("size", "0");
    if (!size.matches("\\d{1,18}")) {
      throw new IOException("it is damaged: a member's size is " + size);
    }
  }

  private static String name(byte[] header) {
    String name = text(header, 0, 100);
    boolean posix = new String(header, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
    String prefix = posix ? text(header, 345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** A text that ends at a zero byte or at the end of its field. */
  private static String text(byte[] block, int from, int length) {
    int end = from;
    while (end < from + length && block[end] != 0) {
      end++;
    }
    return decoded(block, from, end - from);
  }

  /** Names that are not UTF-8 are read byte by byte, so that different names stay different. */
  private static String decoded(byte[] bytes, int from, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, from, length))
          .toString();
    } catch (CharacterCodingException e) {
      return new String(bytes, from, length, StandardCharsets.ISO_8859_1);
    }
  }

  /** A number in octal digits, or, if the first bit is set, in binary. */
  private static long number(byte[] block, int from, int length) throws IOException {
    if ((block[from] & 0x80) != 0) {
      long value = block[from] & 0x7F;
      for (int i = from + 1; i < from + length; i++) {
        if (value > Long.MAX_VALUE >> OCTAL) {
          throw new IOException("it is damaged: a member's size is out of range");
        }
        value = value << OCTAL | (block[i] & 0xFF);
      }
      return value;
    }
    String digits = text(block, from, length).strip();
    if (!digits.matches("[0-7]{0,12}")) {
      throw new IOException("it is damaged: a member's size is " + digits);
    }
    return digits.isEmpty() ? 0 : Long.parseLong(digits, OCTAL);
  }

  /** The sum of a header's bytes, with spaces in place of the sum itself. */
  private static void requireChecksum(byte[] header, long at) throws IOException {
    long sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xFF;
    }
    String written = text(header, 148, 8).strip();
    if (!written.matches("[0-7]{1,8}") || Long.parseLong(written, OCTAL) != sum) {
      throw new IOException(at == 0 ? noTar(header) : damaged(at));
    }
  }

  private static String damaged(long at) {
    return String.format(Locale.ROOT, "it is damaged: at byte %d no member begins", at);
  }

  private static String noTar(byte[] header) {
    boolean compressed = header[0] == 0x1F && (header[1] & 0xFF) == 0x8B;
    return compressed
        ? "it is compressed; unpack it with gunzip, since pictures do not get smaller"
        : "it is no tar";
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }
}
