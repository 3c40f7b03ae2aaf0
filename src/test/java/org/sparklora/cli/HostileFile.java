package org.sparklora.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes files that nobody should have to read: pipes, devices, pretenders, bombs. */
final class HostileFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private HostileFile() {}

  /**
   * Puts a file in a place.
   *
   * @param kind what it is, with an argument behind a colon
   * @param place where; what is there is replaced, and is what some kinds are made from
   */
  static void put(String kind, Path place) throws IOException, InterruptedException {
    byte[] before = Files.isRegularFile(place) ? Files.readAllBytes(place) : new byte[0];
    Files.createDirectories(place.getParent());
    Files.deleteIfExists(place);
    String[] parts = kind.split(":", 2);
    switch (parts[0]) {
      case "pipe" -> pipe(place);
      case "endless" -> Files.createSymbolicLink(place, Path.of("/dev/zero"));
      case "dangling" -> Files.createSymbolicLink(place, Path.of("/no/such/file"));
      case "folder" -> Files.createDirectory(place);
      case "sparse" -> sparse(place, Long.parseLong(parts[1]) << 20);
      case "bomb" -> bomb(place);
      default -> Files.write(place, bytes(parts, before));
    }
  }

  private static byte[] bytes(String[] kind, byte[] before) throws IOException {
    return switch (kind[0]) {
      case "empty" -> new byte[0];
      case "text" -> unescaped(kind[1]);
      case "times" -> times(kind[1].split(":", 3));
      case "latin" -> ascii("caf\u00e9 = \u00ff\u00fe\n");
      case "html" -> ascii("<!DOCTYPE html>\n<html><title>Sign in</title></html>\n");
      case "lfs" ->
          ascii(
              "version https://git-lfs.github.com/spec/v1\noid sha256:"
                  + "0".repeat(64)
                  + "\nsize 123456\n");
      case "zeros" -> new byte[before.length];
      case "cut" -> Arrays.copyOf(before, Integer.parseInt(kind[1]));
      case "cutlines" -> firstLines(before, Integer.parseInt(kind[1]));
      case "cutend" -> Arrays.copyOf(before, before.length - Integer.parseInt(kind[1]));
      case "json" -> with(before, kind[1]);
      case "nested" -> ascii("[".repeat(100_000));
      case "pickle" ->
          // What would run a program: os.system of a text.
          ascii(
              """
              \200\2cposix
              system
              q\0X\4\0\0\0evilq\1\205q\2Rq\3.\
              """);
      case "header" -> header(Long.parseLong(kind[1]), "");
      case "tensors" -> header(kind[1].length(), kind[1]);
      case "tail" -> tail(before, Integer.parseInt(kind[1]));
      default -> throw new IllegalArgumentException("Unknown kind: " + kind[0]);
    };
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] unescaped(String text) {
    return text.translateEscapes().getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] firstLines(byte[] text, int lines) {
    int end = 0;
    for (int line = 0; line < lines; line++) {
      while (text[end++] != '\n') {
        // on to the end of the line
      }
    }
    return Arrays.copyOf(text, end);
  }

  /** A count, a beginning, and what is repeated. */
  private static byte[] times(String[] parts) {
    String repeated = parts[2].translateEscapes().repeat(Integer.parseInt(parts[0]));
    return (parts[1].translateEscapes() + repeated).getBytes(StandardCharsets.UTF_8);
  }

  /** A JSON object with another value, which need not be JSON: NaN, 1e999. */
  private static byte[] with(byte[] json, String assignment) throws IOException {
    String[] parts = assignment.split("=", 2);
    ObjectNode object = (ObjectNode) JSON.readTree(json);
    object.put(parts[0], "HERE");
    return JSON.writeValueAsString(object)
        .replace("\"HERE\"", parts[1])
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Safetensors: the header's length, and the header. */
  private static byte[] header(long length, String header) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + header.length() + 64);
    bytes.order(ByteOrder.LITTLE_ENDIAN).putLong(length).put(ascii(header));
    return bytes.array();
  }

  /** Parquet: another length of the footer before the last four bytes. */
  private static byte[] tail(byte[] file, int footer) {
    ByteBuffer bytes = ByteBuffer.wrap(file.clone()).order(ByteOrder.LITTLE_ENDIAN);
    return bytes.putInt(file.length - 8, footer).array();
  }

  /** Takes no room on the disk, and reads as so many zeros. */
  private static void sparse(Path place, long length) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(place.toFile(), "rw")) {
      file.setLength(length);
    }
  }

  /** A zip of 33 KB that unpacks to 32 MB. */
  private static void bomb(Path place) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(place))) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 32; i++) {
        zip.write(zeros);
      }
    }
  }

  private static void pipe(Path place) throws IOException, InterruptedException {
    int code = new ProcessBuilder("mkfifo", place.toString()).start().waitFor();
    if (code != 0) {
      throw new IOException("mkfifo ended with " + code);
    }
  }
}
