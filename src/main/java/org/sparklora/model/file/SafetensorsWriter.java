package org.sparklora.model.file;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.CharBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Writes a safetensors file in the form of the reference writer. Tensors are ordered by type, the
 * widest first, then by name. The header is padded with spaces to a multiple of 8 bytes. Metadata
 * is sorted by key, so that the same content always has the same bytes; the reference leaves that
 * order to a hash.
 */
public final class SafetensorsWriter {
  private static final Comparator<TensorInfo> ORDER =
      Comparator.comparing(TensorInfo::type)
          .thenComparing(info -> utf8(info.name()), Arrays::compareUnsigned);

  private static final int CHUNK_FLOATS = 1 << 16;

  private final Map<TensorInfo, Values> tensors = new TreeMap<>(ORDER);
  private final Map<String, String> metadata = new TreeMap<>();
  private final Set<String> names = new HashSet<>();

  /** Writes one tensor's values. */
  public interface Values {
    void writeTo(WritableByteChannel out) throws IOException;
  }

  /** Adds an entry to the file's metadata. */
  public SafetensorsWriter metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /**
   * Adds an F32 tensor.
   *
   * @param shape the dimensions, outermost first
   * @param values in row-major order; they are read when the file is written
   * @throws IllegalArgumentException when the values do not fill the shape or the name is taken
   */
  public SafetensorsWriter add(String name, long[] shape, float[] values) {
    return add(
        new TensorInfo(name, TensorType.F32, shape),
        Math.multiplyExact((long) values.length, Float.BYTES),
        out -> writeFloats(values, out));
  }

  /**
   * Adds a tensor of any type.
   *
   * @param values little-endian, in row-major order, from the buffer's position to its limit; they
   *     are read when the file is written
   * @throws IllegalArgumentException when the values do not fill the shape or the name is taken
   */
  public SafetensorsWriter add(String name, TensorType type, long[] shape, ByteBuffer values) {
    ByteBuffer bytes = values.asReadOnlyBuffer();
    return add(
        new TensorInfo(name, type, shape),
        bytes.remaining(),
        out -> writeFully(bytes.duplicate(), out));
  }

  private SafetensorsWriter add(TensorInfo info, long bytes, Values values) {
    if (info.bytes() != bytes) {
      throw new IllegalArgumentException(info + " needs " + info.bytes() + " bytes, not " + bytes);
    }
    return add(info, values);
  }

  /**
   * Adds a tensor whose values are made when the file is written.
   *
   * @param values writes exactly {@link TensorInfo#bytes()} bytes
   * @throws IllegalArgumentException when the name is taken
   */
  public SafetensorsWriter add(TensorInfo info, Values values) {
    if (info.name().equals(SafetensorsHeader.METADATA) || !names.add(info.name())) {
      throw new IllegalArgumentException("tensor name taken: " + info.name());
    }
    tensors.put(info, values);
    return this;
  }

  /** Writes the file; the stream stays open. */
  public void writeTo(OutputStream out) throws IOException {
    byte[] header = header();
    int padded = (header.length + 7) / 8 * 8;
    ByteBuffer start = ByteBuffer.allocate(8 + padded).order(ByteOrder.LITTLE_ENDIAN);
    start.putLong(padded).put(header);
    while (start.hasRemaining()) {
      start.put((byte) ' ');
    }
    out.write(start.array());
    // Closing this channel would close the stream.
    WritableByteChannel channel = Channels.newChannel(out);
    for (Values values : tensors.values()) {
      values.writeTo(channel);
    }
    out.flush();
  }

  private byte[] header() throws IOException {
    JsonObject header = new JsonObject();
    if (!metadata.isEmpty()) {
      JsonObject texts = new JsonObject();
      metadata.forEach(texts::addProperty);
      header.add(SafetensorsHeader.METADATA, texts);
    }
    long begin = 0;
    for (TensorInfo info : tensors.keySet()) {
      JsonObject entry = new JsonObject();
      entry.addProperty("dtype", info.type().name());
      entry.add("shape", array(info.shape()));
      entry.add("data_offsets", array(begin, begin + info.bytes()));
      header.add(info.name(), entry);
      begin += info.bytes();
    }
    // Half of a surrogate pair has no bytes, and is refused.
    ByteBuffer bytes =
        StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(header.toString()));
    byte[] text = new byte[bytes.remaining()];
    bytes.get(text);
    return text;
  }

  private static JsonArray array(long... values) {
    JsonArray array = new JsonArray();
    for (long value : values) {
      array.add(value);
    }
    return array;
  }

  private static void writeFloats(float[] values, WritableByteChannel out) throws IOException {
    ByteBuffer chunk =
        ByteBuffer.allocate(CHUNK_FLOATS * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < values.length; from += CHUNK_FLOATS) {
      int count = Math.min(CHUNK_FLOATS, values.length - from);
      chunk.clear();
      chunk.asFloatBuffer().put(values, from, count);
      writeFully(chunk.limit(count * Float.BYTES), out);
    }
  }

  public static void writeFully(ByteBuffer bytes, WritableByteChannel out) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
