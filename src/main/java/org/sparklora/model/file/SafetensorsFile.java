package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * A safetensors file: 8 bytes of header length (little-endian), a JSON header naming every tensor's
 * type, shape and byte range, and the values. The whole header is checked before a value is used.
 */
public final class SafetensorsFile implements TensorFile {
  /** The reference reader's limit for the JSON header. */
  static final long MAX_HEADER_BYTES = 100_000_000;

  private static final int LENGTH_BYTES = 8;

  private final TensorFileMapping file;
  private final String source;
  private final SafetensorsHeader header;
  private final Map<String, TensorInfo> tensors;
  private final long dataStart;

  private SafetensorsFile(
      TensorFileMapping file, String source, SafetensorsHeader header, long dataStart) {
    this.file = file;
    this.source = source;
    this.header = header;
    this.dataStart = dataStart;
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    header.entries().forEach((name, entry) -> infos.put(name, entry.info()));
    this.tensors = Collections.unmodifiableMap(infos);
  }

  /**
   * Opens a file and checks its header.
   *
   * @throws InvalidInputException (DATA) naming what is wrong
   */
  public static SafetensorsFile open(Path path) {
    return open(path, path.toString());
  }

  /** Opens the local copy of {@code source}. */
  public static SafetensorsFile open(Path path, String source) {
    return read(TensorFileMapping.open(path, source), source);
  }

  static SafetensorsFile read(TensorFileMapping file, String source) {
    try {
      long headerBytes = headerBytes(file, source);
      long dataStart = LENGTH_BYTES + headerBytes;
      SafetensorsHeader header =
          SafetensorsHeader.parse(
              file.map(LENGTH_BYTES, headerBytes, "the header"), file.size() - dataStart, source);
      return new SafetensorsFile(file, source, header, dataStart);
    } catch (InvalidInputException e) {
      file.close();
      throw e;
    }
  }

  private static long headerBytes(TensorFileMapping file, String source) {
    if (file.size() < LENGTH_BYTES) {
      throw InvalidInputException.data(
          "Invalid safetensors file "
              + source
              + ": it has "
              + file.size()
              + " bytes, the header length alone takes 8; copy the file again");
    }
    long claimed = file.map(0, LENGTH_BYTES, "the header length").getLong(0);
    if (claimed < 0 || claimed > MAX_HEADER_BYTES) {
      throw InvalidInputException.data(
          "Invalid safetensors file "
              + source
              + ": its header claims "
              + Long.toUnsignedString(claimed)
              + " bytes, at most "
              + MAX_HEADER_BYTES
              + " are allowed; this is probably another format");
    }
    if (claimed > file.size() - LENGTH_BYTES) {
      throw InvalidInputException.data(
          "Invalid safetensors file "
              + source
              + ": its header claims "
              + claimed
              + " bytes but the file has only "
              + file.size()
              + "; it is probably cut short, copy it again");
    }
    return claimed;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  @Override
  public ByteBuffer data(String name) {
    SafetensorsHeader.Entry entry = header.entries().get(name);
    if (entry == null) {
      throw InvalidInputException.data("Missing tensor " + name + " in " + source);
    }
    return file.map(dataStart + entry.offset(), entry.info().bytes(), name);
  }

  @Override
  public Optional<FileRange> range(String name) {
    return file.path()
        .map(
            path ->
                new FileRange(path, file.size(), dataStart + header.entries().get(name).offset()));
  }

  @Override
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public void close() {
    file.close();
  }
}
