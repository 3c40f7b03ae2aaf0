package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.SafetensorsWriter;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.text.EncodedText;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.AdapterGradient;
import org.sparklora.train.objective.NoisyBatch;

@Tag("long")
class AttentionTrainingTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/sd15/model");
  private static final String WEIGHTS = "unet/diffusion_pytorch_model.safetensors";
  private static final int CONTEXT = 32;
  private static final int WORDS = 7;
  private static final long[] SAMPLE = {2, 4, 8, 8};

  @TempDir private Path folder;

  @Test
  void theKernelsAgreeOnTheLossAndGradientOfAWholeUNet() {
    LoraConfig config = new LoraConfig(4, 4, 0, false, LoraConfig.ATTENTION);
    MicroBatchGradient fused = gradient(new AttentionKernel.Sdpa(), config);
    for (AttentionKernel kernel :
        List.of(new AttentionKernel.Plain(), new AttentionKernel.Sliced(1))) {
      MicroBatchGradient other = gradient(kernel, config);
      assertThat(other.loss()).isCloseTo(fused.loss(), offset(1e-5 * fused.loss()));
      float[] difference = fused.values().clone();
      for (int i = 0; i < difference.length; i++) {
        difference[i] -= other.values()[i];
      }
      assertThat(GradientClipping.norm(difference))
          .as(kernel.toString())
          .isLessThan(1e-5 * GradientClipping.norm(fused.values()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"multi_query", "cosine"})
  void aUNetOfAnotherCrossAttentionTrains(String type) throws IOException {
    writeModel(type);
    LoraConfig config =
        new LoraConfig(
            4, 4, 0, false, List.of("attn2.to_q", "attn2.to_kv", "attn2.to_out.0", "to_v"));
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      Training training = new Training(ops, folder, AttentionKernel.DEFAULT, config);
      float[] values = training.layout.initialValues(3);
      MicroBatchGradient first = training.at(values);
      MicroBatchGradient last = first;
      for (int step = 0; step < 30; step++) {
        double norm = GradientClipping.norm(last.values());
        for (int i = 0; i < values.length; i++) {
          values[i] -= (float) (0.05 * last.values()[i] / norm);
        }
        last = training.at(values);
      }
      assertThat(last.loss()).isLessThan(0.99 * first.loss());
      assertSlope(training, values, last);
      for (AdapterLayout.Module module : training.layout.modules()) {
        if (module.name().contains("attn2")) {
          assertThat(range(last.values(), module.downOffset(), module.downSize()))
              .as(module.name())
              .isPositive();
        }
      }
      training.adapter.close();
    }
  }

  /** Along its own direction the loss rises by the gradient's length. */
  private static void assertSlope(Training training, float[] values, MicroBatchGradient at) {
    double norm = GradientClipping.norm(at.values());
    double step = 0.001;
    float[] up = values.clone();
    float[] down = values.clone();
    for (int i = 0; i < values.length; i++) {
      up[i] += (float) (step * at.values()[i] / norm);
      down[i] -= (float) (step * at.values()[i] / norm);
    }
    double slope = (training.loss(up) - training.loss(down)) / (2 * step);
    assertThat(slope).isCloseTo(norm, offset(1e-2 * norm));
  }

  private static double range(float[] values, int from, int size) {
    double sum = 0;
    for (int i = from; i < from + size; i++) {
      sum += Math.abs(values[i]);
    }
    return sum;
  }

  private static MicroBatchGradient gradient(AttentionKernel kernel, LoraConfig config) {
    try (Ops ops = Ops.open(Device.cpu(), 1)) {
      Training training = new Training(ops, GOLDEN, kernel, config);
      float[] values = normals(5, training.layout.parameters());
      for (int i = 0; i < values.length; i++) {
        values[i] *= 0.05f;
      }
      MicroBatchGradient gradient = training.at(values);
      training.adapter.close();
      return gradient;
    }
  }

  /** A UNet, an adapter on it and one batch. */
  private static final class Training {
    private final Ops ops;
    private final AdapterLayout layout;
    private final LoraAdapter adapter;
    private final AdapterGradient gradient;

    Training(Ops ops, Path model, AttentionKernel kernel, LoraConfig config) {
      this.ops = ops;
      ModelFolder base =
          ModelFolder.open(
              model.toAbsolutePath().toString(), new Configuration(), Optional.empty());
      UNet2DConditionModel unet = new NetworkLoader(base, ops, kernel).unet(Precision.FP32);
      TreeMap<String, long[]> shapes = new TreeMap<>();
      try (TensorFile weights = base.weights("unet")) {
        weights.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
      }
      this.layout = AdapterLayout.of(shapes, config);
      this.adapter = LoraAdapter.inject(ops, unet.layers(), layout, config);
      this.gradient = new AdapterGradient(ops, unet, adapter, Precision.FP32);
    }

    MicroBatchGradient at(float[] values) {
      adapter.load(values);
      try (NDManager scope = ops.manager().newSubManager()) {
        return gradient.compute(batch(), context(scope), 1);
      }
    }

    double loss(float[] values) {
      adapter.load(values);
      try (NDManager scope = ops.manager().newSubManager()) {
        return gradient.evaluate(batch(), EncodedText.of(context(scope)));
      }
    }

    private static NDArray context(NDManager scope) {
      return scope.create(normals(3, 2 * WORDS * CONTEXT), new Shape(2, WORDS, CONTEXT));
    }

    private static NoisyBatch batch() {
      int size = 2 * 4 * 8 * 8;
      return new NoisyBatch(
          SAMPLE, normals(1, size), normals(2, size), new int[] {500, 20}, new float[] {1, 1});
    }
  }

  /** The small reference UNet with other cross-attentions, of random weights. */
  private void writeModel(String type) throws IOException {
    Files.createDirectories(folder.resolve("unet"));
    String config = Files.readString(GOLDEN.resolve("unet/config.json"));
    Files.writeString(
        folder.resolve("unet/config.json"),
        config.replaceFirst("\\{", "{\"cross_attention_type\": \"" + type + "\","));
    Files.copy(GOLDEN.resolve("model_index.json"), folder.resolve("model_index.json"));
    SafetensorsWriter writer = new SafetensorsWriter();
    try (TensorFile file = SafetensorsFile.open(GOLDEN.resolve(WEIGHTS));
        OutputStream out = Files.newOutputStream(folder.resolve(WEIGHTS))) {
      int drawn = 100;
      for (TensorInfo tensor : file.tensors().values()) {
        String name = tensor.name();
        if (name.endsWith("attn2.to_k.weight")) {
          int channels = (int) tensor.shape()[0];
          int width = channels / 4;
          boolean cosine = type.equals("cosine");
          String block = name.substring(0, name.length() - "to_k.weight".length());
          random(writer, block + "null_kv", drawn++, 1, 2, width);
          random(
              writer,
              block + "to_kv.weight",
              drawn++,
              0.2f,
              cosine ? 2 * channels : 2 * width,
              CONTEXT);
          String norm = cosine ? "to_out.1" : "norm_context";
          random(writer, block + norm + ".weight", drawn++, 1, cosine ? channels : CONTEXT);
          random(writer, block + norm + ".bias", drawn++, 1, cosine ? channels : CONTEXT);
        } else if (!name.matches(".*attn2\\.(to_v\\.weight|to_out\\.0\\.bias)")) {
          writer.add(name, tensor.type(), tensor.shape(), file.data(name));
        }
      }
      writer.writeTo(out);
    }
  }

  private static void random(
      SafetensorsWriter writer, String name, int sample, float deviation, long... shape) {
    float[] values = normals(sample, (int) new Shape(shape).size());
    for (int i = 0; i < values.length; i++) {
      values[i] *= deviation;
    }
    writer.add(name, shape, values);
  }

  private static float[] normals(int sample, int size) {
    return KeyedRandom.of(13, Purpose.NOISE, 0, sample).normals(size);
  }
}
