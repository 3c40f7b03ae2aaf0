package org.sparklora.nn;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorFile;
import org.sparklora.nn.attention.CosineAttention;
import org.sparklora.nn.attention.CrossAttention;
import org.sparklora.nn.attention.MultiQueryAttention;
import org.sparklora.tensor.Ops;

/** Against outputs of public re-implementations; see {@code make_attention_fixture.py}. */
class PublicCrossAttentionTest {
  private static final Path FIXTURE =
      Path.of("src/test/resources/attention/attention-blocks.safetensors");
  private static final int CHANNELS = 16;
  private static final int HEADS = 4;
  private static final int CONTEXT = 10;

  @ParameterizedTest
  @CsvSource({"cosine, out", "cosine, masked", "multi_query, out", "multi_query, masked"})
  void computesWhatPublicReimplementationsCompute(String type, String output) throws IOException {
    try (TensorFile file = SafetensorsFile.open(FIXTURE);
        Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      Layers layers = Layers.of(ops, (name, shape) -> tensor(file, scope, type + "." + name));
      CrossAttention block =
          type.equals("cosine")
              ? new CosineAttention(layers, "norm2", "attn2", CHANNELS, CONTEXT, HEADS)
              : new MultiQueryAttention(layers, "norm2", "attn2", CHANNELS, CONTEXT, HEADS, false);
      NDArray mask = output.equals("masked") ? tensor(file, scope, "mask") : ops.newNone();
      EncoderStates words = new EncoderStates(tensor(file, scope, "context"), mask);
      float[] actual = block.forward(scope, tensor(file, scope, "hidden"), words).toFloatArray();
      float[] expected = floats(file, type + "." + output);
      double[] wide = new double[expected.length];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = expected[i];
      }
      assertThat(AttentionKernelTest.error(actual, wide)).isLessThan(1e-5);
    }
  }

  private static NDArray tensor(TensorFile file, NDManager scope, String name) {
    return scope.create(floats(file, name), new Shape(file.tensors().get(name).shape()));
  }

  private static float[] floats(TensorFile file, String name) {
    FloatBuffer buffer = file.data(name).asFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }
}
