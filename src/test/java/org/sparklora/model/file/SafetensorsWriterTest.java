package org.sparklora.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.model.Resources;

class SafetensorsWriterTest {
  @TempDir private Path folder;

  private static byte[] written(SafetensorsWriter writer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    writer.writeTo(out);
    return out.toByteArray();
  }

  /** The reference file was written by the Python library with one metadata entry. */
  @Test
  void writesTheBytesOfTheReferenceWriter() throws IOException {
    Path reference = Resources.file("/model/every_type.safetensors");
    SafetensorsWriter writer = new SafetensorsWriter();
    try (SafetensorsFile file = SafetensorsFile.open(reference)) {
      file.metadata().forEach(writer::metadata);
      List<TensorInfo> shuffled = new ArrayList<>(file.tensors().values());
      Collections.reverse(shuffled);
      shuffled.forEach(
          info -> writer.add(info.name(), info.type(), info.shape(), file.data(info.name())));
    }

    assertThat(written(writer)).isEqualTo(Files.readAllBytes(reference));
  }

  @Test
  void readsBackWhatItWrote() throws IOException {
    float[] values = new float[200_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i / 3f;
    }
    byte[] bytes =
        written(
            new SafetensorsWriter()
                .metadata("schlüssel \"1\"\n", "wert 😀")
                .add("lora.up.weight", new long[] {400, 500}, values)
                .add("lora.alpha", new long[] {}, new float[] {8}));
    Path path = Files.write(folder.resolve("adapter.safetensors"), bytes);

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.metadata()).containsEntry("schlüssel \"1\"\n", "wert 😀");
      assertThat(file.data("lora.up.weight").asFloatBuffer()).isEqualTo(FloatBuffer.wrap(values));
      assertThat(file.data("lora.alpha").getFloat()).isEqualTo(8);
      assertThat(file.tensors().get("lora.up.weight").shape()).containsExactly(400, 500);
    }
  }

  @Test
  void writesTheSameBytesInWhateverOrderItIsTold() throws IOException {
    SafetensorsWriter one =
        new SafetensorsWriter()
            .metadata("b", "2")
            .metadata("a", "1")
            .add("y", new long[] {1}, new float[] {1})
            .add("x", TensorType.F16, new long[] {1}, ByteBuffer.allocate(2));
    SafetensorsWriter other =
        new SafetensorsWriter()
            .add("x", TensorType.F16, new long[] {1}, ByteBuffer.allocate(2))
            .add("y", new long[] {1}, new float[] {1})
            .metadata("a", "1")
            .metadata("b", "2");

    assertThat(written(one)).isEqualTo(written(other));
    assertThat(written(one)).isEqualTo(written(one));
  }

  @Test
  void refusesValuesThatDoNotFillTheShapeAndNamesThatAreTaken() {
    SafetensorsWriter writer = new SafetensorsWriter().add("a", new long[] {1}, new float[] {1});

    assertThatThrownBy(() -> writer.add("b", new long[] {2, 2}, new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("b F32[2, 2] needs 16 bytes, not 12");
    assertThatThrownBy(() -> writer.add("a", new long[] {1}, new float[] {1}))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
