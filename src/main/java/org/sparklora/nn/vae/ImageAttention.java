package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/** One-headed self-attention over the pixels of an autoencoder's coarsest feature map. */
final class ImageAttention {
  private final Ops ops;
  private final Layer groupNorm;
  private final Layer toQ;
  private final Layer toK;
  private final Layer toV;
  private final Layer toOut;
  private final NDArray attention;
  private final NDArray attrs;

  ImageAttention(Layers layers, int channels, int groups, double eps) {
    this.ops = layers.ops();
    this.groupNorm = layers.norm("group_norm", channels);
    this.toQ = layers.linear("to_q", channels, channels, true);
    this.toK = layers.linear("to_k", channels, channels, true);
    this.toV = layers.linear("to_v", channels, channels, true);
    this.toOut = layers.linear("to_out.0", channels, channels, true);
    this.attention = layers.attention(1, 1 / Math.sqrt(channels), false);
    this.attrs = ops.attrs(groups, eps);
  }

  NDArray forward(NDManager scope, NDArray x) {
    return ops.call(
        scope,
        "image_attention",
        Ops.of(x),
        groupNorm.argument(),
        toQ.argument(),
        toK.argument(),
        toV.argument(),
        toOut.argument(),
        Ops.of(attention),
        Ops.of(attrs));
  }
}
