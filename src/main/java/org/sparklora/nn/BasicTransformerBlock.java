package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.sparklora.tensor.Ops;

/** Self-attention, cross-attention to the text, feed-forward. */
final class BasicTransformerBlock {
  private final Ops ops;
  private final Attention attn1;
  private final Attention attn2;
  private final FeedForward ff;
  private final boolean onlyCrossAttention;

  BasicTransformerBlock(Layers layers, int channels, Transformer2DModel.Settings settings) {
    this.ops = layers.ops();
    this.onlyCrossAttention = settings.onlyCrossAttention();
    int text = settings.crossAttentionDim();
    int first = onlyCrossAttention ? text : channels;
    int heads = settings.heads();
    boolean upcast = settings.upcastAttention();
    this.attn1 = new Attention(layers, "norm1", "attn1", channels, first, heads, upcast);
    this.attn2 = new Attention(layers, "norm2", "attn2", channels, text, heads, upcast);
    this.ff = new FeedForward(layers, "norm3", channels);
  }

  NDArray forward(NDManager scope, NDArray hidden, NDArray context) {
    NDArray h = attn1.forward(scope, hidden, onlyCrossAttention ? context : ops.none());
    h = attn2.forward(scope, h, context);
    return ff.forward(scope, h);
  }
}
