package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.sparklora.nn.Block;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Tape;

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
    NDArray h = attend(tape, inside, attn1, hidden, onlyCrossAttention ? context : self);
    h = attend(tape, inside, attn2, h, context);
    return tape.apply(inside, ff, List.of(h));
  }

  private static NDArray attend(
      Tape tape, NDManager inside, CrossAttention attention, NDArray h, EncoderStates context) {
    NDArray words = context.hiddenStates();
    return tape.hasGradient(words)
        ? tape.apply(inside, attention.blockOfWords(context.mask()), List.of(h, words))
        : tape.apply(inside, attention.block(context), List.of(h));
  }
}
