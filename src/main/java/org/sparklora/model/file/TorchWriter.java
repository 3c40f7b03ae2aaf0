package org.sparklora.model.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Writes fp32 tensors as {@code torch.save} does: a zip of stored entries, {@code data.pkl} with a
 * dictionary or list of tensors, and one entry for each tensor's values. The same tensors always
 * have the same bytes.
 */
public final class TorchWriter {
  private static final LocalDateTime EPOCH = LocalDateTime.of(1980, 1, 1, 0, 0);

  private record Tensor(long[] shape, float[] values) {}

  private final Map<String, Tensor> tensors = new LinkedHashMap<>();

  /**
   * Adds a tensor; the order is kept.
   *
   * @param values in row-major order; they are read when the file is written
   */
  public TorchWriter add(String name, long[] shape, float[] values) {
    if (new TensorInfo(name, TensorType.F32, shape).elements() != values.length) {
      throw new IllegalArgumentException(name + " has " + values.length + " values");
    }
    tensors.put(name, new Tensor(shape.clone(), values));
    return this;
  }

  /** Writes a dictionary of the tensors by name; the stream stays open. */
  public void writeDictionary(OutputStream out) throws IOException {
    write(out, true);
  }

  /** Writes a list of the tensors; the stream stays open. */
  public void writeList(OutputStream out) throws IOException {
    write(out, false);
  }

  private void write(OutputStream out, boolean named) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out, StandardCharsets.UTF_8);
    zip.setMethod(ZipOutputStream.STORED);
    put(zip, "data.pkl", pickle(named));
    put(zip, "byteorder", "little".getBytes(StandardCharsets.US_ASCII));
    int storage = 0;
    for (Tensor tensor : tensors.values()) {
      ByteBuffer bytes =
          ByteBuffer.allocate(tensor.values().length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(tensor.values());
      put(zip, "data/" + storage++, bytes.array());
    }
    put(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
    zip.finish();
    out.flush();
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry("archive/" + name);
    entry.setTimeLocal(EPOCH);
    entry.setSize(bytes.length);
    entry.setCompressedSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }

  /** Protocol 2, with the opcodes of Python's pickletools. */
  private byte[] pickle(boolean named) throws IOException {
    Pickle pickle = new Pickle();
    pickle.opcode(0x80).opcode(2); // PROTO
    pickle.opcode(named ? '}' : ']').opcode('(');
    int storage = 0;
    for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
      if (named) {
        pickle.text(entry.getKey());
      }
      pickle.tensor(storage++, entry.getValue());
    }
    return pickle.opcode(named ? 'u' : 'e').opcode('.').bytes();
  }

  private static final class Pickle {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Pickle opcode(int opcode) {
      out.write(opcode);
      return this;
    }

    Pickle text(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      opcode('X').int32(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Pickle whole(long value) {
      return opcode('J').int32(Math.toIntExact(value));
    }

    Pickle global(String module, String name) {
      opcode('c');
      out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
      return this;
    }

    /** {@code _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())}. */
    void tensor(int storage, Tensor tensor) {
      global("torch._utils", "_rebuild_tensor_v2").opcode('(');
      opcode('(').text("storage").global("torch", "FloatStorage").text(String.valueOf(storage));
      text("cpu").whole(tensor.values().length).opcode('t').opcode('Q');
      whole(0);
      tuple(tensor.shape());
      long[] strides = new long[tensor.shape().length];
      long stride = 1;
      for (int i = strides.length - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= tensor.shape()[i];
      }
      tuple(strides);
      opcode(0x89).global("collections", "OrderedDict").opcode(')').opcode('R'); // False
      opcode('t').opcode('R');
    }

    private void tuple(long[] values) {
      opcode('(');
      for (long value : values) {
        whole(value);
      }
      opcode('t');
    }

    private Pickle int32(int value) {
      out.writeBytes(
          ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
      return this;
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
