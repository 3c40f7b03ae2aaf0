package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.AdapterLayout;
import org.sparklora.lora.LoraAdapter;
import org.sparklora.lora.LoraConfig;
import org.sparklora.model.Network;
import org.sparklora.model.NetworkLoader;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Weights;
import org.sparklora.nn.unet.UNet2DConditionModel;
import org.sparklora.nn.unet.UNetConfig;
import org.sparklora.tensor.AttentionKernel;
import org.sparklora.tensor.KeyedRandom;
import org.sparklora.tensor.KeyedRandom.Purpose;
import org.sparklora.tensor.Ops;
import org.sparklora.tensor.Precision;
import org.sparklora.train.objective.NoisyBatch;
import org.sparklora.train.step.MicroBatchGradient;

/** A UNet of a configuration, with random weights and an adapter on it. */
public final class RandomUNet implements AutoCloseable {
  private static final float[] NORMALS = KeyedRandom.of(7, Purpose.NOISE, 0, 0).normals(1 << 16);

  private final Ops ops;
  private final Precision precision;
  private final TreeMap<String, long[]> shapes = new TreeMap<>();
  private ByteBuffer space = ByteBuffer.allocateDirect(0);
  public final UNetConfig config;
  public final UNet2DConditionModel unet;
  public final AdapterLayout layout;
  public final LoraAdapter adapter;

  public RandomUNet(
      Ops ops, Path folder, Precision precision, AttentionKernel kernel, LoraConfig lora) {
    this.ops = ops;
    this.precision = precision;
    ModelFolder model =
        ModelFolder.open(folder.toAbsolutePath().toString(), new Configuration(), Optional.empty());
    this.config = NetworkLoader.unetConfig(model);
    Weights weights = this::random;
    this.unet = new UNet2DConditionModel(config, Layers.of(ops, weights, kernel));
    this.layout = AdapterLayout.of(shapes, lora);
    this.adapter = LoraAdapter.inject(ops, unet.layers(), layout, lora);
    float[] values = new float[layout.parameters()];
    for (int i = 0; i < values.length; i++) {
      values[i] = 0.05f * NORMALS[i % NORMALS.length];
    }
    adapter.load(values);
  }

  /** Gradient of a fixed batch of this UNet's kind. */
  public MicroBatchGradient gradient(int batch, int side, boolean checkpointing) {
    return gradient(batch, side, checkpointing, 1);
  }

  /**
   * As the other.
   *
   * @param lossScale what the gradient is multiplied by
   */
  public MicroBatchGradient gradient(int batch, int side, boolean checkpointing, float lossScale) {
    AdapterGradient gradient = new AdapterGradient(ops, unet, adapter, precision, checkpointing);
    int size = batch * config.inChannels() * side * side;
    int[] timesteps = new int[batch];
    float[] weights = new float[batch];
    for (int i = 0; i < batch; i++) {
      timesteps[i] = 500 - 37 * i;
      weights[i] = 1;
    }
    NoisyBatch noisy =
        new NoisyBatch(
            new long[] {batch, config.inChannels(), side, side},
            normals(1, size),
            normals(2, size),
            timesteps,
            weights);
    try (NDManager scope = ops.manager().newSubManager()) {
      adapter.drawDropout(scope, Network.UNET, 5, 0, LongStream.range(0, batch).toArray());
      return gradient.compute(noisy, context(scope, batch), lossScale);
    }
  }

  /** Hidden states of a batch of texts. */
  public NDArray context(NDManager scope, int batch) {
    int words = 77;
    int width = config.crossAttentionDim();
    float[] values = normals(3, batch * words * width);
    return ops.cast(scope, scope.create(values, new Shape(batch, words, width)), precision);
  }

  private NDArray random(String name, long... shape) {
    shapes.put(name, shape.clone());
    int size = 1;
    for (long n : shape) {
      size *= (int) n;
    }
    boolean weight = name.endsWith(".weight");
    boolean norm = weight && shape.length == 1;
    float scale = norm || !weight ? 0.1f : (float) Math.sqrt(shape[0] / (double) size);
    // Every tensor is a copy, so that one buffer serves them all.
    if (space.capacity() < 4 * size) {
      space = ByteBuffer.allocateDirect(4 * size).order(ByteOrder.nativeOrder());
    }
    space.clear().limit(4 * size);
    int from = name.hashCode();
    for (int i = 0; i < size; i++) {
      float normal = NORMALS[(from + i + i / NORMALS.length * 31) & (NORMALS.length - 1)];
      space.putFloat(4 * i, (norm ? 1 : 0) + scale * normal);
    }
    NDArray drawn =
        ops.weight(
            space.duplicate().order(ByteOrder.nativeOrder()), DataType.FLOAT32, shape, precision);
    if (precision != Precision.FP32) {
      return drawn;
    }
    NDArray copy = drawn.duplicate();
    drawn.close();
    return copy;
  }

  public static float[] normals(int sample, int size) {
    return KeyedRandom.of(13, Purpose.NOISE, 0, sample).normals(size);
  }

  @Override
  public void close() {
    adapter.close();
  }
}
