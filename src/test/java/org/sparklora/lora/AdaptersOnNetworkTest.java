package org.sparklora.lora;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.lora.combine.AdapterStack;
import org.sparklora.lora.combine.AdapterSum;
import org.sparklora.lora.combine.RankReduction;
import org.sparklora.lora.lycoris.Algo;
import org.sparklora.lora.lycoris.LycorisConfig;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.file.TensorFile;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

class AdaptersOnNetworkTest {
  /** Both applied at once, and their sum; at its own rank, and decomposed anew at the same. */
  @Test
  void theSumDoesWhatTheAdaptersDoTogether() {
    Adapter one = unetOnly(SmallAdapters.random(3, 2, 1));
    Adapter other = unetOnly(SmallAdapters.random(2, 4, 2));
    Adapter sum =
        AdapterSum.of(
            List.of(
                new AdapterSum.Part("one", one, 0.7), new AdapterSum.Part("other", other, -0.4)));
    Adapter decomposed = RankReduction.of(sum, 10, done -> {}).adapter();
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      UNet2DConditionModel unet = new NetworkLoader(SmallAdapters.base(), ops).unet(Precision.FP32);
      float[] plain = output(ops, unet, List.of(), List.of());
      float[] together = output(ops, unet, List.of(one, other), List.of(0.7, -0.4));
      assertThat(error(plain, together)).isGreaterThan(1e-2);
      assertThat(error(output(ops, unet, List.of(sum), List.of(1.0)), together)).isLessThan(5e-6);
      assertThat(error(output(ops, unet, List.of(decomposed), List.of(1.0)), together))
          .isLessThan(5e-6);
    }
  }

  /** Of a small rank a LoHa is computed as LoRA in any case. */
  @ParameterizedTest
  @CsvSource({
    "LOHA, 2, false",
    "LOHA, 9, false",
    "LOHA, 9, true",
    "LOKR, 2, false",
    "LOKR, 9, true"
  })
  void factorsDoWhatTheirLoraDoes(Algo algo, int rank, boolean tucker) {
    LoraConfig config =
        new LoraConfig(rank, 2, 0, false, List.of("to_q", "to_k", "proj_in", "ff.net.2", "conv1"))
            .with(new LycorisConfig(algo, -1, false, rank == 2, tucker));
    TreeMap<String, long[]> shapes = new TreeMap<>();
    try (TensorFile weights = SmallAdapters.base().weights("unet")) {
      weights.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    }
    AdapterLayout layout = AdapterLayout.of(shapes, config);
    float[] values = KeyedRandom.of(1, Purpose.NOISE, 0, 3).normals(layout.parameters());
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.2f;
    }
    Adapter factored = layout.adapter(values);
    Adapter lora =
        new Adapter(
            factored.modules().stream().map(AdaptersOnNetworkTest::asLora).toList(),
            List.of(),
            Map.of());
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      UNet2DConditionModel unet = new NetworkLoader(SmallAdapters.base(), ops).unet(Precision.FP32);
      float[] plain = output(ops, unet, List.of(), List.of());
      float[] expected = output(ops, unet, List.of(lora), List.of(0.7));
      assertThat(error(plain, expected)).isGreaterThan(1e-2);
      assertThat(error(output(ops, unet, List.of(factored), List.of(0.7)), expected))
          .isLessThan(5e-6);
      try (AdapterStack stack = new AdapterStack(ops, Map.of(Network.UNET, unet.layers()))) {
        stack.fuse(factored, 0.7);
      }
      assertThat(error(output(ops, unet, List.of(), List.of()), expected)).isLessThan(5e-6);
    }
  }

  private static AdaptedModule asLora(AdaptedModule module) {
    assertThat(module.factors()).isPresent();
    return new AdaptedModule(
        module.network(),
        module.name(),
        module.downShape(),
        module.down(),
        module.upShape(),
        module.up(),
        module.alpha());
  }

  private static Adapter unetOnly(Adapter adapter) {
    return new Adapter(
        adapter.modules().stream().filter(module -> module.network() == Network.UNET).toList(),
        List.of(),
        Map.of());
  }

  private static float[] output(
      Ops ops, UNet2DConditionModel unet, List<Adapter> adapters, List<Double> weights) {
    try (AdapterStack stack = new AdapterStack(ops, Map.of(Network.UNET, unet.layers()));
        NDManager scope = ops.manager().newSubManager()) {
      for (int i = 0; i < adapters.size(); i++) {
        stack.add(adapters.get(i), weights.get(i));
      }
      NDArray sample = normals(scope, 1, new Shape(1, 4, 16, 16));
      NDArray context = normals(scope, 2, new Shape(1, 77, 96));
      return unet.forward(scope, sample, scope.create(new long[] {500}), context).toFloatArray();
    }
  }

  private static NDArray normals(NDManager scope, int index, Shape shape) {
    int size = Math.toIntExact(shape.size());
    return scope.create(KeyedRandom.of(1, Purpose.LORA_INIT, 0, index).normals(size), shape);
  }

  private static double error(float[] actual, float[] expected) {
    double worst = 0;
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(actual[i] - expected[i]));
      largest = Math.max(largest, Math.abs(expected[i]));
    }
    return worst / largest;
  }
}
