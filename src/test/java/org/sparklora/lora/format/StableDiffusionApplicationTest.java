package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.AdapterStack;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Weights;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.util.InvalidInputException;

/** Real adapters on networks of Stable Diffusion 1.5's layout, whose weights are random. */
@Tag("slow")
class StableDiffusionApplicationTest {
  private static final int LARGEST_TENSOR = 49_408 * 768;

  @Test
  void realAdaptersChangeTheNetworksAndComeOffAgain() {
    ModelFolder layout =
        ModelFolder.open(
            "src/test/resources/sd15-layout", new Configuration(false), Optional.empty());
    try (Ops ops = Ops.open(Device.cpu(), 2);
        NDManager scope = ops.manager().newSubManager()) {
      Weights weights = randomWeights(scope);
      UNet2DConditionModel unet =
          new UNet2DConditionModel(NetworkLoader.unetConfig(layout), Layers.of(ops, weights));
      ClipTextModel text =
          new ClipTextModel(NetworkLoader.textEncoderConfig(layout), Layers.of(ops, weights));
      float[] plainUNet = unet(scope, unet);
      float[] plainText = text(scope, text);
      for (String file :
          new String[] {
            "pytorch_lora_weights.safetensors",
            "lora_disney.safetensors",
            "analog_svd_rank4.safetensors"
          }) {
        Adapter adapter = AdapterFile.read(Adapters.real(file)).adapter();
        boolean both = adapter.modules().stream().anyMatch(m -> m.network() != Network.UNET);
        try (AdapterStack stack =
            new AdapterStack(
                ops, Map.of(Network.UNET, unet.layers(), Network.TEXT_ENCODER, text.layers()))) {
          stack.add(adapter, 1);
          assertThat(difference(unet(scope, unet), plainUNet)).as(file).isBetween(1e-5, 10.0);
          if (both) {
            assertThat(difference(text(scope, text), plainText)).as(file).isBetween(1e-6, 10.0);
          }
          stack.add(adapter, -1);
          assertThat(difference(unet(scope, unet), plainUNet)).as(file).isLessThan(1e-3);
        }
        assertThat(unet(scope, unet)).as(file).isEqualTo(plainUNet);
        assertThat(text(scope, text)).as(file).isEqualTo(plainText);
      }
      Adapter every = Adapters.everyKind();
      try (AdapterStack stack = new AdapterStack(ops, Map.of(Network.UNET, unet.layers()))) {
        assertThatThrownBy(() -> stack.add(every, 1))
            .isInstanceOf(InvalidInputException.class)
            .hasMessageContaining("3 of its 15 modules do not fit");
      }
      try (AdapterStack stack =
          new AdapterStack(
              ops, Map.of(Network.UNET, unet.layers(), Network.TEXT_ENCODER, text.layers()))) {
        stack.add(every, 0.01);
        assertThat(difference(unet(scope, unet), plainUNet)).isGreaterThan(1e-5);
      }
    }
  }

  /** All tensors are views of one, so that 980 million weights take 150 MB. */
  private static Weights randomWeights(NDManager manager) {
    NDArray pool = manager.randomNormal(0, 0.02f, new Shape(LARGEST_TENSOR), DataType.FLOAT32);
    return (name, shape) -> {
      if (name.contains("norm") && name.endsWith(".weight")) {
        return manager.ones(new Shape(shape));
      }
      Shape wanted = new Shape(shape);
      return pool.get(new NDIndex("0:" + wanted.size())).reshape(wanted);
    };
  }

  private static float[] unet(NDManager manager, UNet2DConditionModel unet) {
    try (NDManager scope = manager.newSubManager()) {
      float[] sample = KeyedRandom.of(1, Purpose.NOISE, 0, 0).normals(4 * 8 * 8);
      float[] context = KeyedRandom.of(1, Purpose.NOISE, 0, 1).normals(77 * 768);
      return unet.forward(
              scope,
              scope.create(sample, new Shape(1, 4, 8, 8)),
              scope.create(new float[] {500}),
              scope.create(context, new Shape(1, 77, 768)))
          .toFloatArray();
    }
  }

  private static float[] text(NDManager manager, ClipTextModel text) {
    try (NDManager scope = manager.newSubManager()) {
      long[] ids = new long[77];
      for (int i = 0; i < ids.length; i++) {
        ids[i] = 600L * i;
      }
      return text.hiddenStates(scope, scope.create(ids, new Shape(1, 77)), 0).toFloatArray();
    }
  }

  /** Largest deviation over largest value. */
  private static double difference(float[] one, float[] other) {
    double largest = 0;
    double deviation = 0;
    for (int i = 0; i < one.length; i++) {
      assertThat(one[i]).isFinite();
      largest = Math.max(largest, Math.abs(other[i]));
      deviation = Math.max(deviation, Math.abs(one[i] - other[i]));
    }
    return deviation / largest;
  }
}
