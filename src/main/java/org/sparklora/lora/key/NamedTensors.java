package org.sparklora.lora.key;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TorchWriter;

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

  /** By name, in the order they were added. */
  public Map<String, Values> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  public void writeSafetensors(OutputStream out) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    metadata.forEach(writer::metadata);
    tensors.forEach((name, tensor) -> writer.add(name, tensor.shape(), tensor.values()));
    writer.writeTo(out);
  }

  /** A pickle has no place for metadata: it is left out. */
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
