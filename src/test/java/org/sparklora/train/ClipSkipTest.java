package org.sparklora.train;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sparklora.lora.AdaptedNetworks;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.lora.Trainables;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.TextEncoders;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorFloats;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;

/** Captions without the last layer of the text encoder, which diffusers computed, too. */
class ClipSkipTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15");
  @TempDir private Path folder;

  /** The tiny model with CLIP's tokenizer, which its own folder goes without. */
  private ModelFolder model() throws IOException {
    try (Stream<Path> parts = Files.list(GOLDEN.resolve("model").toAbsolutePath())) {
      for (Path part : parts.toList()) {
        Files.createSymbolicLink(folder.resolve(part.getFileName()), part);
      }
    }
    Files.createSymbolicLink(
        folder.resolve("tokenizer"),
        Path.of("src/quickstart/base-model/tokenizer").toAbsolutePath());
    return ModelFolder.open(folder.toString(), new Configuration(), Optional.empty());
  }

  private static List<int[]> captions(SafetensorsFile golden) {
    int length = (int) golden.tensors().get("text.input_ids").shape()[1];
    var ids = golden.data("text.input_ids").asLongBuffer();
    List<int[]> captions = new ArrayList<>();
    while (ids.hasRemaining()) {
      int[] caption = new int[length];
      for (int i = 0; i < length; i++) {
        caption[i] = (int) ids.get();
      }
      captions.add(caption);
    }
    return captions;
  }

  @Test
  void frozenAndTrainedTextLeaveOutTheLastLayer() throws IOException {
    ModelFolder model = model();
    LoraConfig config = new LoraConfig(2, 2, 0, false, LoraConfig.CLIP_ATTENTION);
    Trainables trainables =
        new Trainables(Map.of(Network.TEXT_ENCODER, config), List.of()).skipping(1);
    try (SafetensorsFile golden = SafetensorsFile.open(GOLDEN.resolve("golden.safetensors"));
        Ops ops = Ops.open(Device.cpu(), 1);
        NDManager scope = ops.manager().newSubManager()) {
      float[] expected = TensorFloats.read(golden, "text.clip_skip_1");
      TextEncoders encoders = new NetworkLoader(model, ops).textEncoders();
      TextConditioner frozen = new TextConditioner(ops, encoders, Precision.FP32, 8, 1);
      requireClose(frozen.encode(scope, captions(golden)), expected);
      AdapterLayout layout =
          AdapterLayout.of(
              Map.of(Network.TEXT_ENCODER, shapes(model)),
              encoders.model(Network.TEXT_ENCODER).config().hiddenSize(),
              trainables);
      AdaptedNetworks networks = AdaptedNetworks.of(Map.of(), encoders, 0);
      try (LoraAdapter adapter = LoraAdapter.inject(ops, networks, layout, 0)) {
        TrainedText trained = new TrainedText(ops, encoders, adapter, Precision.FP32, 0, 1);
        requireClose(trained.encode(scope, captions(golden)), expected);
        adapter.requireGradients();
        float[] start = new float[layout.parameters()];
        Arrays.fill(start, 0.01f);
        adapter.load(start);
        Words words =
            trained.words(scope, 0, List.of(new TextEncoding.Caption(captions(golden).get(0), 0)));
        NDArray ones = words.text().states().onesLike();
        words.back().orElseThrow().run(EncodedText.of(ones));
        int layers = encoders.model(Network.TEXT_ENCODER).config().numHiddenLayers();
        requireNoneInTheLastLayer(
            layers, layout, adapter.takeGradients(scope.zeros(new Shape(1))).values());
      }
    }
  }

  private static Map<String, long[]> shapes(ModelFolder model) {
    Map<String, long[]> shapes = new TreeMap<>();
    try (TensorFile weights = model.weights("text_encoder")) {
      weights.tensors().forEach((key, tensor) -> shapes.put(key, tensor.shape()));
    }
    return shapes;
  }

  private static void requireNoneInTheLastLayer(
      int layers, AdapterLayout layout, float[] gradient) {
    for (AdapterLayout.Module module : layout.modules()) {
      float[] own = Arrays.copyOfRange(gradient, module.downOffset(), module.magnitudeOffset());
      boolean last = module.name().contains("layers." + (layers - 1) + ".");
      assertThat(module.unread()).as(module.name()).isEqualTo(last);
      if (last) {
        assertThat(own).as(module.name()).containsOnly(0);
      } else {
        assertThat(own).as(module.name()).isNotEqualTo(new float[own.length]);
      }
    }
  }

  private static void requireClose(EncodedText actual, float[] expected) {
    float[] values = actual.states().toFloatArray();
    assertThat(values).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      assertThat(Math.abs(values[i] - expected[i])).isLessThan(1e-5f * (1 + Math.abs(expected[i])));
    }
  }
}
