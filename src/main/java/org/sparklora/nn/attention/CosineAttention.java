package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/**
 * Cosine-similarity cross-attention with a learned null key and value, softmax in fp32 and a layer
 * norm on what it adds: the block of DALL-E 2's decoder (Ramesh et al. 2022, arXiv 2204.06125) in
 * its public re-implementation ({@code CrossAttention} of dalle2-pytorch with {@code cosine_sim}).
 * Scores are bounded by the scale whatever the weights (Henry et al. 2020, arXiv 2010.04245). For
 * head i of width d, and u(x) = x / |x|:
 *
 * <pre>
 *   Q_i         = LN(h) W_q,i                   [tokens, d]
 *   [K_i, V_i]  = c W_kv,i                      [words, 2 d]
 *   head_i      = softmax(16 u(Q_i) u([k0; K_i])^T + mask) [v0; V_i]
 *   h'          = h + LN_o([head_1 ... head_n] W_out)
 * </pre>
 *
 * <p>Tensors: {@code to_q [channels, channels]}, {@code to_kv [2 channels, contextChannels]} (all
 * heads' keys, then all heads' values), {@code null_kv [2, d]} for every head, {@code to_out.0
 * [channels, channels]}, {@code to_out.1 [channels]} (weight and bias; zero for a norm without); no
 * other biases.
 */
public final class CosineAttention implements CrossAttention {
  /** {@code cosine_sim_scale} of the re-implementation. */
  private static final double SCALE = 16;

  private final Ops ops;
  private final Layer norm;
  private final Layer nullKv;
  private final Layer toQ;
  private final Layer toKv;
  private final Layer toOut;
  private final Layer normOut;
  private final NDArray attention;

  /**
   * @param norm name of the layer norm before it
   * @param name name of the attention
   * @param contextChannels width of the words
   */
  public CosineAttention(
      Layers layers, String norm, String name, int channels, int contextChannels, int heads) {
    this.ops = layers.ops();
    this.norm = layers.norm(norm, channels);
    Layers block = layers.at(name);
    this.nullKv = block.parameter("null_kv", 2, channels / heads);
    this.toQ = block.linear("to_q", channels, channels, false);
    this.toKv = block.linear("to_kv", contextChannels, 2L * channels, false);
    this.toOut = block.linear("to_out.0", channels, channels, false);
    this.normOut = block.norm("to_out.1", channels);
    this.attention = layers.attention(heads, SCALE, true);
  }

  @Override
  public NDArray forward(NDManager scope, NDArray hidden, EncoderStates context) {
    return ops.call(
        scope,
        "cosine_attention",
        Ops.of(hidden),
        context.argument(),
        norm.argument(),
        nullKv.argument(),
        toQ.argument(),
        toKv.argument(),
        toOut.argument(),
        normOut.argument(),
        Ops.of(attention));
  }

  @Override
  public List<Layer> layers() {
    return List.of(toQ, toKv, toOut);
  }
}
