package org.sparklora.nn.unet;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import org.sparklora.nn.Activation;
import org.sparklora.nn.attention.CrossAttentionType;

/**
 * The configuration of a {@link UNet2DConditionModel}: the fields of diffusers' {@code
 * unet/config.json} that change the computation, with every setting given for each block.
 *
 * @param sampleSize height and width of the latents that it was trained on
 * @param blocks from the finest resolution to the coarsest; the up blocks come in reverse order
 * @param midTransformerLayers transformer layers of the mid block; 0 for a mid block without
 *     attention, empty if there is no mid block
 * @param flipSinToCos whether the time embedding puts cosines first
 * @param crossAttention kind of the transformer blocks' cross-attention
 * @param timeEmbeddingDim width of the time embedding
 * @param added the embeddings of a pooled text and of the picture's sizes; empty for a model
 *     without them
 * @param timeConditionDim width of the embedded guidance scale, an input of models that were
 *     distilled from guided ones; 0 for other models
 */
public record UNetConfig(
    int sampleSize,
    int inChannels,
    int outChannels,
    boolean centerInputSample,
    boolean flipSinToCos,
    double freqShift,
    List<Block> blocks,
    OptionalInt midTransformerLayers,
    double midBlockScaleFactor,
    int downsamplePadding,
    Activation activation,
    int normNumGroups,
    double normEps,
    boolean useLinearProjection,
    boolean upcastAttention,
    CrossAttentionType crossAttention,
    boolean scaleShift,
    int timeEmbeddingDim,
    int timeConditionDim,
    Optional<Added> added,
    Activation timeEmbeddingActivation,
    Activation timestepPostActivation,
    int convInKernel,
    int convOutKernel) {

  /**
   * One resolution, on its way down and up.
   *
   * @param channels {@code block_out_channels}
   * @param layers {@code layers_per_block}; the up block has one more
   * @param heads attention heads
   * @param crossAttentionDim width of the text that it attends to
   * @param onlyCrossAttention whether its self-attentions attend to the text instead
   * @param downTransformerLayers depth of the transformer after each of the down block's layers;
   *     empty for a block without attention
   * @param upTransformerLayers the same for the up block that mirrors this block's position in the
   *     list of up blocks
   */
  public record Block(
      int channels,
      int layers,
      int heads,
      int crossAttentionDim,
      boolean onlyCrossAttention,
      List<Integer> downTransformerLayers,
      List<Integer> upTransformerLayers) {
    public Block {
      downTransformerLayers = List.copyOf(downTransformerLayers);
      upTransformerLayers = List.copyOf(upTransformerLayers);
    }
  }

  /**
   * The configuration of {@code addition_embed_type=text_time}.
   *
   * @param timeEmbeddingDim width of the sinusoids of each of a picture's sizes
   * @param inputDim width of all sinusoids and the pooled text
   */
  public record Added(int timeEmbeddingDim, int inputDim) {
    /** Width of the pooled text. */
    public int pooledDim() {
      return inputDim - AddedConditions.SIZES * timeEmbeddingDim;
    }
  }

  public UNetConfig {
    blocks = List.copyOf(blocks);
  }

  /**
   * Whether the model takes the guidance scale as an input. It is then called once a sampling step,
   * and not twice.
   */
  public boolean takesGuidance() {
    return timeConditionDim > 0;
  }

  /**
   * The widths of the hidden states that blocks attend to. There is one if all attend to the same
   * text.
   */
  public Set<Integer> textWidths() {
    Set<Integer> widths = new TreeSet<>();
    for (Block block : blocks) {
      if (!block.downTransformerLayers().isEmpty() || !block.upTransformerLayers().isEmpty()) {
        widths.add(block.crossAttentionDim());
      }
    }
    if (midTransformerLayers.orElse(0) > 0) {
      widths.add(blocks.get(blocks.size() - 1).crossAttentionDim());
    }
    return widths;
  }

  /** The width of the text's hidden states at the blocks that attend to them. */
  public int crossAttentionDim() {
    return blocks.get(0).crossAttentionDim();
  }
}
