package org.sparklora.lora.key;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.StoredNumbers;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.file.TorchWriter;
import org.sparklora.util.InvalidInputException;

/** Tensors and metadata on their way into a file. */
public final class NamedTensors {
  /**
   * One tensor.
   *
   * @param values row-major
   */
  record Values(long[] shape, float[] values) {}

  private final Map<String, Values> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new TreeMap<>();

  public NamedTensors add(String name, long[] shape, float... values) {
    tensors.put(name, new Values(shape, values));
    return this;
  }

  public NamedTensors metadata(String key, String value) {
    metadata.put(key, value);
    return this;
  }

  /** The tensors by name, in the order in which they were added. */
  public Map<String, Values> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  public void writeSafetensors(OutputStream out) throws IOException {
    writeSafetensors(out, TensorType.F32);
  }

  /**
   * Writes matrices in another type, each value rounded once; single numbers, as alpha, stay fp32.
   *
   * @throws InvalidInputException (CONFIGURATION) for a value beyond the type's range
   */
  public void writeSafetensors(OutputStream out, TensorType type) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    metadata.forEach(writer::metadata);
    tensors.forEach(
        (name, tensor) -> {
          if (type == TensorType.F32 || tensor.shape().length == 0) {
            writer.add(name, tensor.shape(), tensor.values());
          } else {
            writer.add(name, type, tensor.shape(), rounded(name, tensor.values(), type));
          }
        });
    writer.writeTo(out);
  }

  private static ByteBuffer rounded(String name, float[] values, TensorType type) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Short.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      StoredNumbers.write(type, values[i], bytes);
      if (Double.isInfinite(StoredNumbers.read(type, bytes, i))) {
        throw InvalidInputException.configuration(
            "Invalid --save_precision: "
                + name
                + " has the value "
                + values[i]
                + ", which is beyond the range of "
                + type
                + "; write fp32 or bf16");
      }
    }
    return bytes.flip();
  }

  /** Writes a torch file. A pickle has no place for metadata, so it is left out. */
  public void writeTorchDictionary(OutputStream out) throws IOException {
    torch().writeDictionary(out);
  }

  public void writeTorchList(OutputStream out) throws IOException {
    torch().writeList(out);
  }

  private TorchWriter torch() {
    TorchWriter writer = new TorchWriter();
    tensors.forEach((name, tensor) -> writer.add(name, tensor.shape(), tensor.values()));
    return writer;
  }
}
