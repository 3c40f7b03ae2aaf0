package org.sparklora.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/**
 * Reads a small file of this machine as a whole. It must be a regular file, because reading a named
 * pipe, a socket or a device may never end. It must not be longer than a bound, whatever length the
 * file system reports. This class needs no Hadoop.
 */
public final class RegularFile {
  /** The bound for configurations, model cards and similar files, which take kilobytes. */
  public static final long CONFIGURATION_BYTES = 16L << 20;

  private static final int TYPE_OF_MODE = 0170000;
  private static final Map<Integer, String> TYPES =
      Map.of(
          0040000, "a folder",
          0010000, "a named pipe",
          0140000, "a socket",
          0020000, "a device",
          0060000, "a device");

  private RegularFile() {}

  /**
   * Reads a file.
   *
   * @param most how many bytes it may have
   * @throws IOException when it cannot be read, is not a regular file or is longer; the message is
   *     meant to follow the file's name
   */
  public static byte[] read(Path file, long most) throws IOException {
    require(file);
    requireAtMost(Files.size(file), most);
    try (InputStream in = Files.newInputStream(file)) {
      return read(in, Files.size(file), most);
    }
  }

  /** Refuses anything but a regular file: a folder, a named pipe, a socket, a device. */
  public static void require(Path file) throws IOException {
    if (!Files.readAttributes(file, BasicFileAttributes.class).isRegularFile()) {
      throw new IOException(String.format(Locale.ROOT, "it is %s, not a regular file", type(file)));
    }
  }

  private static String type(Path file) throws IOException {
    if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return "something else";
    }
    int mode = (int) Files.getAttribute(file, "unix:mode");
    return TYPES.getOrDefault(mode & TYPE_OF_MODE, "something else");
  }

  static void requireAtMost(long bytes, long most) throws IOException {
    if (bytes > most) {
      throw new IOException(
          String.format(
              Locale.ROOT, "it has %d bytes, more than the %d that are read", bytes, most));
    }
  }

  static byte[] read(InputStream in, long length, long most) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(length)];
    int count = in.readNBytes(bytes, 0, bytes.length);
    int after = count == bytes.length ? in.read() : -1;
    if (after < 0) {
      return count == bytes.length ? bytes : Arrays.copyOf(bytes, count);
    }
    // The file grows, or its file system does not know lengths.
    byte[] rest = in.readNBytes(Math.toIntExact(most - count));
    if (count + 1L + rest.length > most) {
      throw new IOException(
          String.format(Locale.ROOT, "it has more than the %d bytes that are read", most));
    }
    byte[] whole = Arrays.copyOf(bytes, count + 1 + rest.length);
    whole[count] = (byte) after;
    System.arraycopy(rest, 0, whole, count + 1, rest.length);
    return whole;
  }
}
