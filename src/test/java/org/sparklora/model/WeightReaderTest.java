package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.StoredNumbers;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

class WeightReaderTest {
  private static final int ROWS = 1500;
  private static final int COLUMNS = 1501;

  @TempDir private Path folder;

  /** Numbers that every type here holds exactly; more than a piece of them in two bytes. */
  private static float value(int i) {
    return i % 61 - 30;
  }

  private Path write(TensorType type, long... shape) throws IOException {
    Path file = folder.resolve("weights Ü.safetensors");
    ByteBuffer values =
        ByteBuffer.allocate(ROWS * COLUMNS * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < ROWS * COLUMNS; i++) {
      StoredNumbers.write(type, value(i), values);
    }
    ByteBuffer before = ByteBuffer.allocate(3 * type.bytes());
    try (OutputStream out = Files.newOutputStream(file)) {
      new SafetensorsWriter()
          .add("a", type, new long[] {3}, before)
          .add("w", type, shape, values.flip())
          .writeTo(out);
    }
    return file;
  }

  private static float[] read(Path path, Precision precision) {
    try (Ops ops = Ops.open(Device.cpu(), 1);
        TensorFile file = SafetensorsFile.open(path);
        NDManager scope = ops.manager().newSubManager()) {
      TensorInfo info = file.tensors().get("w");
      DataType type = WeightReader.type(info.type()).orElseThrow();
      try (WeightReader reader = new WeightReader(ops, file, precision)) {
        return ops.toFp32(scope, reader.read(info, type, info.shape())).toFloatArray();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BF16, BF16",
    "BF16, FP32",
    "F32, BF16",
    "F32, FP32",
    "F16, BF16",
    "F16, FP32",
    "F64, FP32"
  })
  void readsEveryStoredTypeIntoTheComputeType(TensorType stored, Precision precision)
      throws IOException {
    float[] values = read(write(stored, ROWS, COLUMNS), precision);

    assertThat(values).hasSize(ROWS * COLUMNS);
    for (int i = 0; i < values.length; i++) {
      if (values[i] != value(i)) {
        assertThat(values[i]).as("value %d", i).isEqualTo(value(i));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"BF16, BF16", "F32, FP32", "F32, BF16"})
  void readsKernels(TensorType stored, Precision precision) throws IOException {
    float[] values = read(write(stored, 19, 79, 25, 60), precision);

    assertThat(values).hasSize(ROWS * COLUMNS).startsWith(-30, -29);
    for (int i = 0; i < values.length; i += 997) {
      assertThat(values[i]).as("value %d", i).isEqualTo(value(i));
    }
  }

  /** The format does not say that values begin at an even byte. */
  @Test
  void readsBf16AtAnOddPlace() throws IOException {
    String header = "{\"w\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[0,4]}}";
    byte[] json = (header + (header.length() % 2 == 0 ? " " : "")).getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json).putShort((short) 0x3F80).putShort((short) 0x4000);
    Path file = Files.write(folder.resolve("odd.safetensors"), bytes.array());

    assertThat(read(file, Precision.BF16)).containsExactly(1, 2);
  }
}
