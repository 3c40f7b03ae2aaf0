package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/** Self-attention, cross-attention to the text, feed-forward. */
final class BasicTransformerBlock {
  private final Attention attn1;
  private final CrossAttention attn2;
  private final Block ff;
  private final boolean onlyCrossAttention;
  private final EncoderStates self;

  BasicTransformerBlock(Layers layers, int channels, Transformer2DModel.Settings settings) {
    this.self = new EncoderStates(layers.ops().none(), layers.ops().none());
    this.onlyCrossAttention = settings.onlyCrossAttention();
    int text = settings.crossAttentionDim();
    int first = onlyCrossAttention ? text : channels;
    int heads = settings.heads();
    boolean upcast = settings.upcastAttention();
    this.attn1 = new Attention(layers, "norm1", "attn1", channels, first, heads, upcast);
    this.attn2 =
        switch (settings.crossAttention()) {
          case DEFAULT -> new Attention(layers, "norm2", "attn2", channels, text, heads, upcast);
          case MULTI_QUERY ->
              new MultiQueryAttention(layers, "norm2", "attn2", channels, text, heads, upcast);
          case COSINE -> new CosineAttention(layers, "norm2", "attn2", channels, text, heads);
        };
    this.ff = new FeedForward(layers, "norm3", channels).block();
  }

  NDArray forward(Tape tape, NDManager inside, NDArray hidden, EncoderStates context) {
    Block first = attn1.block(onlyCrossAttention ? context : self);
    NDArray h = tape.apply(inside, first, List.of(hidden));
    h = tape.apply(inside, attn2.block(context), List.of(h));
    return tape.apply(inside, ff, List.of(h));
  }
}
