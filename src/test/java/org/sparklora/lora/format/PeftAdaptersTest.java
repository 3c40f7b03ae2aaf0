package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.ReferencePython;
import org.sparklora.lora.AdaptedModule;
import org.sparklora.lora.Adapter;
import org.sparklora.lora.combine.AdapterStack;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.ClipTextModel;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/**
 * DoRA, and LoRA of linear and convolution layers, with ranks and alphas by patterns, as PEFT
 * makes, saves and computes them. Needs Python with diffusers and PEFT; SPARK_LORA_PYTHON names it.
 */
@Tag("long")
class PeftAdaptersTest {
  private static final String BASE = "src/quickstart/base-model";

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"dora", "locon"})
  void areReadAndComputedAsPeftDoes(String kind) throws Exception {
    make(kind);
    Adapter adapter = AdapterFile.read(folder.resolve("diffusers")).adapter();
    Adapter folderOfPeft = AdapterFile.read(folder.resolve("peft")).adapter();
    Adapter other = AdapterFile.read(folder.resolve("other")).adapter();
    assertThat(adapter.modules().stream().allMatch(AdaptedModule::isDora))
        .isEqualTo(kind.equals("dora"));
    try (SafetensorsFile expected = SafetensorsFile.open(folder.resolve("expected.safetensors"))) {
      compareValues(adapter, expected);
      Adapters.assertSame(folderOfPeft, adapter);
      compareOutputs(expected, adapter, other);
    }
  }

  private void make(String kind) {
    ReferencePython.run("peft_adapters.py", BASE, folder, kind);
  }

  private static void compareValues(Adapter adapter, SafetensorsFile expected) {
    long modules = expected.tensors().keySet().stream().filter(k -> k.endsWith(":down")).count();
    assertThat(adapter.modules()).hasSize(Math.toIntExact(modules));
    for (AdaptedModule module : adapter.modules()) {
      String key = module.network().name().toLowerCase(Locale.ROOT) + ":" + module.name() + ":";
      assertThat(module.down()).as(key).isEqualTo(values(expected, key + "down"));
      assertThat(module.up()).as(key).isEqualTo(values(expected, key + "up"));
      assertThat((float) module.scale()).as(key).isEqualTo(values(expected, key + "scale")[0]);
      if (module.isDora()) {
        assertThat(module.magnitude().orElseThrow())
            .as(key)
            .isEqualTo(values(expected, key + "magnitude"));
      }
    }
  }

  private static void compareOutputs(SafetensorsFile expected, Adapter adapter, Adapter other) {
    ModelFolder base = ModelFolder.open(BASE, new Configuration(false), Optional.empty());
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      Networks networks =
          new Networks(
              ops,
              new NetworkLoader(base, ops).unet(Precision.FP32),
              new NetworkLoader(base, ops).textEncoder(Precision.FP32));
      float[] plain = networks.unet(expected);
      assertThat(error(plain, values(expected, "plain"))).isLessThan(1e-4);
      assertThat(error(plain, values(expected, "out"))).isGreaterThan(1e-2);
      try (AdapterStack stack = networks.stack()) {
        stack.add(adapter, 1);
        assertThat(error(networks.unet(expected), values(expected, "out"))).isLessThan(1e-4);
        assertThat(error(networks.text(expected), values(expected, "text_out"))).isLessThan(1e-4);
      }
      try (AdapterStack stack = networks.stack()) {
        stack.add(adapter, 0.6);
        assertThat(error(networks.unet(expected), values(expected, "out_weak"))).isLessThan(1e-4);
        stack.add(other, 0.8);
        float[] together = networks.unet(expected);
        assertThat(error(together, values(expected, "out_together_reversed"))).isLessThan(1e-4);
      }
      try (AdapterStack stack = networks.stack()) {
        stack.add(other, 0.8);
        stack.add(adapter, 0.6);
        float[] together = networks.unet(expected);
        assertThat(error(together, values(expected, "out_together"))).isLessThan(1e-4);
      }
      try (AdapterStack stack = networks.stack()) {
        stack.fuse(adapter, 0.6);
        assertThat(error(networks.unet(expected), values(expected, "out_weak"))).isLessThan(1e-4);
        stack.fuse(other, 0.8);
        float[] together = networks.unet(expected);
        assertThat(error(together, values(expected, "out_together_reversed"))).isLessThan(1e-4);
      }
    }
  }

  private record Networks(Ops ops, UNet2DConditionModel unet, ClipTextModel textEncoder) {
    AdapterStack stack() {
      return new AdapterStack(
          ops, Map.of(Network.UNET, unet.layers(), Network.TEXT_ENCODER, textEncoder.layers()));
    }

    float[] unet(SafetensorsFile file) {
      try (NDManager scope = ops.manager().newSubManager()) {
        NDArray timestep = scope.create(values(file, "timestep"));
        return unet.forward(
                scope, array(scope, file, "sample"), timestep, array(scope, file, "context"))
            .toFloatArray();
      }
    }

    float[] text(SafetensorsFile file) {
      try (NDManager scope = ops.manager().newSubManager()) {
        float[] ids = values(file, "input_ids");
        long[] whole = new long[ids.length];
        for (int i = 0; i < ids.length; i++) {
          whole[i] = (long) ids[i];
        }
        return textEncoder
            .hiddenStates(scope, scope.create(whole, new Shape(1, ids.length)), 0)
            .toFloatArray();
      }
    }
  }

  private static NDArray array(NDManager scope, SafetensorsFile file, String name) {
    return scope.create(values(file, name), new Shape(file.tensors().get(name).shape()));
  }

  private static float[] values(SafetensorsFile file, String name) {
    return TensorFloats.read(file, name);
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
