package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sparklora.ReferencePython;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

@Tag("long")
class PeftAdapterFileTest {
  private static final String BASE = "src/quickstart/base-model";
  private static final LoraConfig CONFIG = new LoraConfig(4, 8, 0, false, LoraConfig.ATTENTION);

  /** DoRA on attention, resnets and between them, with several ranks and alphas. */
  private static final LoraConfig VARIANTS =
      new LoraConfig(
              4,
              8,
              0,
              true,
              true,
              LoraConfig.ATTENTION,
              Map.of("down_blocks.*attn2.to_k", 3),
              Map.of("mid_block.*", 2.5))
          .withConvolutions(2, 1);

  @TempDir private Path folder;

  @Test
  void hasTheKeysAndShapesThatDiffusersWrites() throws IOException {
    AdapterLayout layout = layout(base());
    write(layout, layout.initialValues(1));
    JsonNode expected =
        new ObjectMapper()
            .readTree(Path.of("src/test/resources/lora/base-model-adapter.json").toFile());
    Map<String, List<Long>> shapes = new TreeMap<>();
    expected
        .properties()
        .forEach(
            field -> {
              java.util.ArrayList<Long> shape = new java.util.ArrayList<>();
              field.getValue().forEach(size -> shape.add(size.asLong()));
              shapes.put(field.getKey(), shape);
            });
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(PeftAdapterFile.NAME))) {
      Map<String, List<Long>> ours = new TreeMap<>();
      file.tensors()
          .forEach(
              (name, tensor) ->
                  ours.put(name, java.util.Arrays.stream(tensor.shape()).boxed().toList()));
      assertThat(ours).isEqualTo(shapes);
      assertThat(file.metadata())
          .containsEntry("base_model_identity", "the base")
          .containsEntry("rank", "4");
    }
  }

  @Test
  void itsBytesAreAFunctionOfItsValues() throws IOException {
    AdapterLayout layout = layout(base());
    byte[] first = write(layout, layout.initialValues(1));
    assertThat(write(layout, layout.initialValues(1))).isEqualTo(first);
    assertThat(write(layout, layout.initialValues(2))).isNotEqualTo(first);
  }

  static Stream<LoraConfig> configs() {
    return Stream.of(CONFIG, VARIANTS);
  }

  /** Needs Python with diffusers, PEFT and torch; SPARK_LORA_PYTHON names it. */
  @ParameterizedTest
  @MethodSource("configs")
  void diffusersLoadsItAndComputesTheSame(LoraConfig config) throws Exception {
    ReferencePython.required();
    ModelFolder base = base();
    AdapterLayout layout = layout(base, config);
    float[] values = KeyedRandom.of(3, Purpose.LORA_INIT, 1, 0).normals(layout.parameters());
    for (int i = 0; i < values.length; i++) {
      values[i] *= 0.1f;
    }
    for (AdapterLayout.Module module : layout.modules()) {
      for (int i = module.magnitudeOffset();
          i < module.magnitudeOffset() + module.magnitudeSize();
          i++) {
        values[i] += 1;
      }
    }
    write(layout, config, values);
    Path ours = folder.resolve("ours.safetensors");
    writeOutput(base, layout, config, values, ours);
    String printed = ReferencePython.run("adapter_output.py", BASE, folder, ours);
    assertThat(number(printed, "adapter changes")).isGreaterThan(1e-2);
    assertThat(number(printed, "error")).isLessThan(1e-4);
  }

  private void writeOutput(
      ModelFolder base, AdapterLayout layout, LoraConfig config, float[] values, Path target)
      throws IOException {
    try (Ops ops = Ops.open(Device.cpu(), 2);
        NDManager scope = ops.manager().newSubManager()) {
      UNet2DConditionModel unet = new NetworkLoader(base, ops).unet(Precision.FP32);
      float[] sample = KeyedRandom.of(1, Purpose.NOISE, 0, 0).normals(2 * 4 * 16 * 16);
      float[] context = KeyedRandom.of(1, Purpose.NOISE, 0, 1).normals(2 * 77 * 96);
      float[] timestep = {500, 20};
      try (LoraAdapter adapter = LoraAdapter.inject(ops, unet.layers(), layout, config)) {
        adapter.load(values);
        NDArray out =
            unet.forward(
                scope,
                scope.create(sample, new Shape(2, 4, 16, 16)),
                scope.create(timestep),
                scope.create(context, new Shape(2, 77, 96)));
        try (OutputStream file = Files.newOutputStream(target)) {
          new SafetensorsWriter()
              .add("sample", new long[] {2, 4, 16, 16}, sample)
              .add("timestep", new long[] {2}, timestep)
              .add("context", new long[] {2, 77, 96}, context)
              .add("out", new long[] {2, 4, 16, 16}, out.toFloatArray())
              .writeTo(file);
        }
      }
    }
  }

  private byte[] write(AdapterLayout layout, float[] values) throws IOException {
    return write(layout, CONFIG, values);
  }

  private byte[] write(AdapterLayout layout, LoraConfig config, float[] values) throws IOException {
    Path path = folder.resolve(PeftAdapterFile.NAME);
    try (OutputStream out = Files.newOutputStream(path)) {
      new PeftAdapterFile(layout, Map.of(Network.UNET, config), "the base").write(values, out);
    }
    return Files.readAllBytes(path);
  }

  private static ModelFolder base() {
    return ModelFolder.open(BASE, new Configuration(), Optional.empty());
  }

  private static AdapterLayout layout(ModelFolder base) {
    return layout(base, CONFIG);
  }

  private static AdapterLayout layout(ModelFolder base, LoraConfig config) {
    TreeMap<String, long[]> shapes = new TreeMap<>();
    base.weights("unet").tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    return AdapterLayout.of(shapes, config);
  }

  private static double number(String printed, String label) {
    return printed
        .lines()
        .filter(line -> line.startsWith(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(label.length()).trim()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("No " + label + " in " + printed));
  }
}
