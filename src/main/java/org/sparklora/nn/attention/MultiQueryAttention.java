package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/**
 * Multi-query cross-attention with a learned null key and value and a normalised context, the block
 * of the masked transformers for text to image (Muse: Chang et al. 2023, arXiv 2301.00704). One key
 * and value head serves all query heads (Shazeer 2019, arXiv 1911.02150); the null key lets a token
 * ignore the text, and is the only key when every word is masked. For head i of width d:
 *
 * <pre>
 *   Q_i      = LN(h) W_q,i                      [tokens, d]
 *   [K, V]   = LN_c(c) W_kv                     [words, 2 d]
 *   head_i   = softmax(Q_i [k0; K]^T / sqrt(d) + mask) [v0; V]
 *   h'       = h + [head_1 ... head_n] W_out
 * </pre>
 *
 * <p>Tensors: {@code to_q [channels, channels]}, {@code to_kv [2 d, contextChannels]}, {@code
 * null_kv [2, d]}, {@code norm_context [contextChannels]} (weight and bias), {@code to_out.0
 * [channels, channels]}; no biases. An implementation with one tensor for key and value is the case
 * of two equal halves.
 */
public final class MultiQueryAttention implements CrossAttention {
  private final Ops ops;
  private final Layer norm;
  private final Layer normContext;
  private final Layer nullKv;
  private final Layer toQ;
  private final Layer toKv;
  private final Layer toOut;
  private final NDArray attention;

  /**
   * @param norm name of the layer norm before it
   * @param name name of the attention
   * @param contextChannels width of the words
   */
  public MultiQueryAttention(
      Layers layers,
      String norm,
      String name,
      int channels,
      int contextChannels,
      int heads,
      boolean upcast) {
    this.ops = layers.ops();
    this.norm = layers.norm(norm, channels);
    int headWidth = channels / heads;
    Layers block = layers.at(name);
    this.normContext = block.norm("norm_context", contextChannels);
    this.nullKv = block.parameter("null_kv", 2, headWidth);
    this.toQ = block.linear("to_q", channels, channels, false);
    this.toKv = block.linear("to_kv", contextChannels, 2L * headWidth, false);
    this.toOut = block.linear("to_out.0", channels, channels, false);
    this.attention = layers.attention(heads, 1 / Math.sqrt(headWidth), upcast);
  }

  @Override
  public NDArray forward(NDManager scope, NDArray hidden, EncoderStates context) {
    return ops.call(
        scope,
        "multi_query_attention",
        Ops.of(hidden),
        context.argument(),
        norm.argument(),
        normContext.argument(),
        nullKv.argument(),
        toQ.argument(),
        toKv.argument(),
        toOut.argument(),
        Ops.of(attention));
  }

  @Override
  public List<Layer> layers() {
    return List.of(toQ, toKv, toOut);
  }
}
