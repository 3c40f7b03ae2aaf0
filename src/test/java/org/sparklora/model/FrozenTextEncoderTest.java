package org.sparklora.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.StoredNumbers;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.file.TensorType;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

@Tag("long")
class FrozenTextEncoderTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15/model/text_encoder");

  @TempDir private Path folder;

  /** Weights of whatever type: encoded in fp32, which holds them all. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void hasTheBitsOfOneLoadedInFp32(TensorType type) throws IOException {
    write(type);
    try (Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      NetworkLoader networks =
          new NetworkLoader(
              ModelFolder.open(folder.toString(), new Configuration(), Optional.empty()), ops);
      float[] expected = states(scope, networks.textEncoder(Precision.FP32));
      assertThat(states(scope, networks.frozenTextEncoder())).isEqualTo(expected);
    }
  }

  private static float[] states(NDManager scope, ClipTextModel model) {
    long[] ids = new long[77];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 600L * i;
    }
    NDArray tokens = scope.create(ids, new Shape(1, ids.length));
    return model.hiddenStates(scope, tokens, 0).toFloatArray();
  }

  private void write(TensorType type) throws IOException {
    Path component = Files.createDirectories(folder.resolve("text_encoder"));
    Files.copy(GOLDEN.resolve("config.json"), component.resolve("config.json"));
    Files.copy(GOLDEN.resolveSibling("model_index.json"), folder.resolve("model_index.json"));
    SafetensorsWriter writer = new SafetensorsWriter();
    try (TensorFile file = SafetensorsFile.open(GOLDEN.resolve("model.safetensors"));
        OutputStream out = Files.newOutputStream(component.resolve("model.safetensors"))) {
      for (TensorInfo tensor : file.tensors().values()) {
        int size = (int) (tensor.bytes() / tensor.type().bytes());
        ByteBuffer from = file.data(tensor.name()).duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer to = ByteBuffer.allocate(size * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < size; i++) {
          StoredNumbers.write(type, StoredNumbers.read(tensor.type(), from, i), to);
        }
        writer.add(tensor.name(), type, tensor.shape(), to.flip());
      }
      writer.writeTo(out);
    }
  }
}
