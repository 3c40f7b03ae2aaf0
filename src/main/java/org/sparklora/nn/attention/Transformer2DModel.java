package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.stream.IntStream;
import org.sparklora.nn.Block;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layers;
import org.sparklora.nn.Stage;
import org.sparklora.nn.Tape;

/** Transformer blocks over the pixels of a feature map. */
public final class Transformer2DModel {
  /**
   * The sizes and variants of a transformer.
   *
   * @param heads attention heads; the width of a head is {@code channels / heads}
   * @param crossAttentionDim width of the text's hidden states
   * @param linearProjection whether proj_in and proj_out are linear layers or 1x1 convolutions
   * @param onlyCrossAttention whether the first attention attends to the text instead of the
   *     picture
   * @param upcastAttention whether attention is computed in fp32
   * @param crossAttention kind of the blocks' cross-attention
   */
  public record Settings(
      int heads,
      int crossAttentionDim,
      int groups,
      boolean linearProjection,
      boolean onlyCrossAttention,
      boolean upcastAttention,
      CrossAttentionType crossAttention) {}

  private final Block in;
  private final Block out;
  private final List<BasicTransformerBlock> blocks;

  public Transformer2DModel(Layers layers, int channels, int depth, Settings settings) {
    int inner = settings.heads() * (channels / settings.heads());
    boolean linear = settings.linearProjection();
    this.in = TokenProjections.in(layers, channels, inner, settings.groups(), linear);
    this.blocks =
        IntStream.range(0, depth)
            .mapToObj(
                i ->
                    new BasicTransformerBlock(
                        layers.at("transformer_blocks." + i), inner, settings))
            .toList();
    this.out = TokenProjections.out(layers, inner, channels, linear);
  }

  public Stage.Body stage() {
    return (tape, inside, values, conditions) ->
        forward(tape, inside, values.get(0), conditions.text());
  }

  /**
   * @param sample {@code [batch, channels, height, width]}
   * @param context of {@code crossAttentionDim}
   */
  private NDArray forward(Tape tape, NDManager inside, NDArray sample, EncoderStates context) {
    NDArray hidden = tape.apply(inside, in, List.of(sample));
    for (BasicTransformerBlock block : blocks) {
      hidden = block.forward(tape, inside, hidden, context);
    }
    return tape.apply(inside, out, List.of(hidden, sample));
  }
}
