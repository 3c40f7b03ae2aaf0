package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.Stream;
import org.sparklora.nn.AdaptedBlock;
import org.sparklora.nn.Block;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;
import org.sparklora.nn.Layers;
import org.sparklora.tensor.Ops;

/** Multi-head attention of a transformer block with its layer norm and residual. */
public final class Attention implements CrossAttention {
  private final Ops ops;
  private final Layer norm;
  private final Layer toQ;
  private final Layer toK;
  private final Layer toV;
  private final Layer toOut;
  private final NDArray attention;

  /** Whether the kernel is the one whose derivative the op library has. */
  private final boolean byHand;

  /**
   * @param norm name of the layer norm before it
   * @param name name of the attention
   * @param contextChannels width of the words from which keys and values are computed
   */
  public Attention(
      Layers layers,
      String norm,
      String name,
      int channels,
      int contextChannels,
      int heads,
      boolean upcast) {
    this.ops = layers.ops();
    this.norm = layers.norm(norm, channels);
    Layers projections = layers.at(name);
    this.toQ = projections.linear("to_q", channels, channels, false);
    this.toK = projections.linear("to_k", contextChannels, channels, false);
    this.toV = projections.linear("to_v", contextChannels, channels, false);
    this.toOut = projections.linear("to_out.0", channels, channels, true);
    int headWidth = channels / heads;
    this.byHand = layers.usesSdpaOnCpu();
    this.attention = layers.attention(heads, 1 / Math.sqrt(headWidth), upcast);
  }

  @Override
  public NDArray forward(NDManager scope, NDArray hidden, EncoderStates context) {
    return ops.call(
        scope,
        "attention",
        Stream.concat(Stream.of(Ops.of(hidden)), arguments(context).stream())
            .toArray(Ops.Argument[]::new));
  }

  private List<Ops.Argument> arguments(EncoderStates context) {
    return Stream.concat(Stream.of(context.argument()), parameters().stream()).toList();
  }

  private List<Ops.Argument> parameters() {
    return List.of(
        norm.argument(),
        toQ.argument(),
        toK.argument(),
        toV.argument(),
        toOut.argument(),
        Ops.of(attention));
  }

  @Override
  public List<Layer> layers() {
    return List.of(toQ, toK, toV, toOut);
  }

  @Override
  public Block block(EncoderStates context) {
    return isByHand(context.mask())
        ? new AdaptedBlock(ops, "attention", layers(), () -> arguments(context), true)
        : CrossAttention.super.block(context);
  }

  @Override
  public Block blockOfWords(NDArray mask) {
    return isByHand(mask)
        ? new AdaptedBlock(ops, "cross_attention", layers(), this::parameters, true)
        : CrossAttention.super.blockOfWords(mask);
  }

  private boolean isByHand(NDArray mask) {
    return byHand && mask.size() == 0;
  }
}
