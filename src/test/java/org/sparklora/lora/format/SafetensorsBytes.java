package org.sparklora.lora.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A safetensors file of tensors of any type, which our writer does not write. */
public final class SafetensorsBytes {
  private final List<String> entries = new ArrayList<>();
  private final List<byte[]> values = new ArrayList<>();
  private int end;

  /** A tensor of the given bytes. */
  public SafetensorsBytes add(String name, String type, String shape, byte[] bytes) {
    entries.add(
        "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%s,%s]}"
            .formatted(name, type, shape, end, end + bytes.length));
    values.add(bytes);
    end += bytes.length;
    return this;
  }

  /** An fp32 tensor that holds one value throughout. */
  public SafetensorsBytes add(String name, long[] shape, float value) {
    long size = 1;
    StringBuilder text = new StringBuilder("[");
    for (long dimension : shape) {
      text.append(size == 1 && text.length() == 1 ? "" : ",").append(dimension);
      size *= dimension;
    }
    byte[] values = new byte[Math.toIntExact(4 * size)];
    ByteBuffer out = ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
    while (out.hasRemaining()) {
      out.putFloat(value);
    }
    return add(name, "F32", text + "]", values);
  }

  static ByteBuffer bytes(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  public Path write(Path file) throws IOException {
    byte[] header = ("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8);
    byte[] whole = new byte[8 + header.length + end];
    ByteBuffer out = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(header.length).put(header);
    values.forEach(out::put);
    return Files.write(file, whole);
  }
}
