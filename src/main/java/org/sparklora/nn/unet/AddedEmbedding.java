package org.sparklora.nn.unet;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/**
 * SDXL's {@code add_embedding}: embeds a pooled text and a picture's sizes. The result is added to
 * the time embedding.
 */
final class AddedEmbedding {
  private final Ops ops;
  private final Layer linear1;
  private final Layer linear2;
  private final NDArray attrs;

  private AddedEmbedding(Ops ops, Layer linear1, Layer linear2, NDArray attrs) {
    this.ops = ops;
    this.linear1 = linear1;
    this.linear2 = linear2;
    this.attrs = attrs;
  }

  static AddedEmbedding of(Layers layers, UNetConfig config, UNetConfig.Added dims) {
    int time = config.timeEmbeddingDim();
    return new AddedEmbedding(
        layers.ops(),
        layers.linear("add_embedding.linear_1", dims.inputDim(), time, true),
        layers.linear("add_embedding.linear_2", time, time, true),
        layers
            .ops()
            .attrs(dims.timeEmbeddingDim(), config.flipSinToCos() ? 1 : 0, config.freqShift()));
  }

  boolean isAdapted() {
    return linear1.isAdapted() || linear2.isAdapted();
  }

  /** {@code [batch, timeEmbeddingDim]}, compute type. */
  NDArray forward(NDManager scope, NDArray pooled, NDArray timeIds) {
    return ops.call(
        scope,
        "added_embedding",
        Ops.of(pooled),
        Ops.of(timeIds),
        linear1.argument(),
        linear2.argument(),
        Ops.of(attrs));
  }
}
