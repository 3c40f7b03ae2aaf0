package org.sparklora.model;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.Map;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.StoredNumbers;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.util.InvalidInputException;

/**
 * A weight file with changes. It is written as safetensors row by row, so only one row of one
 * tensor is on the heap.
 *
 * @param changes by the name a tensor has in the file
 * @param metadata added to the file's own
 */
record ChangedWeights(
    TensorFile file, Map<String, WeightChange> changes, Map<String, String> metadata) {
  /** An entry that transformers expects in every file's metadata. */
  private static final Map<String, String> TORCH = Map.of("format", "pt");

  /**
   * Writes the file; the stream stays open.
   *
   * @throws InvalidInputException (DATA) when a changed value is beyond the stored type's range
   */
  void writeTo(OutputStream out) throws IOException {
    SafetensorsWriter writer = new SafetensorsWriter();
    TORCH.forEach(writer::metadata);
    file.metadata().forEach(writer::metadata);
    metadata.forEach(writer::metadata);
    for (TensorInfo tensor : file.tensors().values()) {
      TensorInfo written =
          changes.get(tensor.name()) instanceof WeightChange.MoreRows more
              ? grown(tensor, more)
              : tensor;
      writer.add(written, channel -> writeValues(tensor, channel));
    }
    writer.writeTo(out);
  }

  /** Writes a tensor's values, with its change. */
  void writeValues(TensorInfo tensor, WritableByteChannel out) throws IOException {
    WeightChange change = changes.get(tensor.name());
    if (change instanceof WeightChange.Rows rows) {
      writeChanged(tensor, rows.update(), out);
      return;
    }
    copy(tensor, out);
    if (change instanceof WeightChange.MoreRows more) {
      writeRows(tensor, more.rows(), out);
    }
  }

  static TensorInfo grown(TensorInfo tensor, WeightChange.MoreRows more) {
    long[] shape = tensor.shape().clone();
    shape[0] += more.rows().length;
    return new TensorInfo(tensor.name(), tensor.type(), shape);
  }

  private void copy(TensorInfo tensor, WritableByteChannel out) throws IOException {
    SafetensorsWriter.writeFully(file.data(tensor.name()), out);
  }

  private void writeChanged(
      TensorInfo tensor, WeightChange.RowUpdate update, WritableByteChannel out)
      throws IOException {
    ByteBuffer stored = file.data(tensor.name());
    int outputs = Math.toIntExact(tensor.shape()[0]);
    double[] row = new double[Math.toIntExact(tensor.elements() / outputs)];
    ByteBuffer bytes = row(tensor.type(), row.length);
    for (int output = 0; output < outputs; output++) {
      for (int i = 0; i < row.length; i++) {
        row[i] = StoredNumbers.read(tensor.type(), stored, output * row.length + i);
      }
      update.applyTo(row, output);
      write(tensor, row, bytes, out);
    }
  }

  private void writeRows(TensorInfo tensor, float[][] rows, WritableByteChannel out)
      throws IOException {
    for (float[] values : rows) {
      double[] row = new double[values.length];
      Arrays.setAll(row, i -> values[i]);
      write(tensor, row, row(tensor.type(), row.length), out);
    }
  }

  private static ByteBuffer row(TensorType type, int length) {
    return ByteBuffer.allocate(Math.multiplyExact(length, type.bytes()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private void write(TensorInfo tensor, double[] row, ByteBuffer bytes, WritableByteChannel out)
      throws IOException {
    bytes.clear();
    for (int i = 0; i < row.length; i++) {
      StoredNumbers.write(tensor.type(), row[i], bytes);
      if (Double.isFinite(row[i])
          && !Double.isFinite(StoredNumbers.read(tensor.type(), bytes, i))) {
        throw InvalidInputException.data(
            "Cannot merge into "
                + tensor.name()
                + " of "
                + file.source()
                + ": a weight would be "
                + row[i]
                + ", beyond "
                + tensor.type()
                + "; use a smaller --adapter_weight, or a base model in F32");
      }
    }
    SafetensorsWriter.writeFully(bytes.flip(), out);
  }
}
