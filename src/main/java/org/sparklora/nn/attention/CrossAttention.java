package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.Function;
import org.sparklora.nn.Block;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;

/**
 * The cross-attention of a transformer block, in which the picture attends to the text. Layer norm
 * and residual are included.
 */
public sealed interface CrossAttention permits Attention, MultiQueryAttention, CosineAttention {
  /**
   * Adds the attention's output to each token of the picture.
   *
   * @param hidden {@code [batch, tokens, channels]}, compute type
   * @param context the words, of {@link Transformer2DModel.Settings#crossAttentionDim}
   * @return {@code [batch, tokens, channels]}
   */
  NDArray forward(NDManager scope, NDArray hidden, EncoderStates context);

  /** Its layers that can have an adapter. */
  List<Layer> layers();

  /**
   * The block of {@link #forward}.
   *
   * @param context the words, which have no gradient
   */
  default Block block(EncoderStates context) {
    return new Recorded(this, inputs -> context);
  }

  /**
   * The block of {@link #forward} whose second input are the words, which may have a gradient.
   *
   * @param mask of the words
   */
  default Block blockOfWords(NDArray mask) {
    return new Recorded(this, inputs -> new EncoderStates(inputs.get(1), mask));
  }

  /**
   * The block that autograd differentiates.
   *
   * @param context made from the block's inputs
   */
  record Recorded(CrossAttention attention, Function<List<NDArray>, EncoderStates> context)
      implements Block {
    @Override
    public NDArray forward(NDManager scope, List<NDArray> inputs) {
      return attention.forward(scope, inputs.get(0), context.apply(inputs));
    }

    @Override
    public boolean isTrained() {
      return attention.layers().stream().anyMatch(Layer::isAdapted);
    }
  }
}
