package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.IntStream;
import org.sparklora.tensor.Ops;

/** Transformer blocks over the pixels of a feature map. */
final class Transformer2DModel {
  private static final double NORM_EPS = 1e-6;

  /**
   * @param heads attention heads; the width of a head is {@code channels / heads}
   * @param crossAttentionDim width of the text's hidden states
   * @param linearProjection whether proj_in and proj_out are linear layers or 1x1 convolutions
   * @param onlyCrossAttention whether the first attention looks at the text, too
   * @param upcastAttention whether attention is computed in fp32
   * @param crossAttention how the blocks look at the text
   */
  record Settings(
      int heads,
      int crossAttentionDim,
      int groups,
      boolean linearProjection,
      boolean onlyCrossAttention,
      boolean upcastAttention,
      CrossAttentionType crossAttention) {}

  private final Ops ops;
  private final Layer norm;
  private final Layer projIn;
  private final Layer projOut;
  private final List<BasicTransformerBlock> blocks;
  private final NDArray attrs;

  Transformer2DModel(Layers layers, int channels, int depth, Settings settings) {
    this.ops = layers.ops();
    int inner = settings.heads() * (channels / settings.heads());
    this.norm = layers.norm("norm", channels);
    this.projIn = projection(layers, "proj_in", channels, inner, settings.linearProjection());
    this.blocks =
        IntStream.range(0, depth)
            .mapToObj(
                i ->
                    new BasicTransformerBlock(
                        layers.at("transformer_blocks." + i), inner, settings))
            .toList();
    this.projOut = projection(layers, "proj_out", inner, channels, settings.linearProjection());
    this.attrs = ops.attrs(settings.groups(), NORM_EPS, settings.linearProjection() ? 1 : 0);
  }

  private static Layer projection(Layers layers, String name, int in, int out, boolean linear) {
    return linear ? layers.linear(name, in, out, true) : layers.conv(name, in, out, 1, true);
  }

  Stage.Body stage() {
    return (scope, values, conditions) -> forward(scope, values.get(0), conditions.text());
  }

  /**
   * @param sample {@code [batch, channels, height, width]}
   * @param context of {@code crossAttentionDim}
   */
  NDArray forward(NDManager scope, NDArray sample, EncoderStates context) {
    NDArray hidden =
        ops.call(
            scope,
            "transformer_in",
            Ops.of(sample),
            norm.argument(),
            projIn.argument(),
            Ops.of(attrs));
    for (BasicTransformerBlock block : blocks) {
      hidden = block.forward(scope, hidden, context);
    }
    return ops.call(
        scope,
        "transformer_out",
        Ops.of(hidden),
        Ops.of(sample),
        projOut.argument(),
        Ops.of(attrs));
  }
}
