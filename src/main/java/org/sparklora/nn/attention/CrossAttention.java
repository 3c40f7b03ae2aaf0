package org.sparklora.nn.attention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.function.Function;
import org.sparklora.nn.Block;
import org.sparklora.nn.EncoderStates;
import org.sparklora.nn.Layer;

/** How a transformer block lets the picture look at the text, layer norm and residual included. */
public sealed interface CrossAttention permits Attention, MultiQueryAttention, CosineAttention {
  /**
   * Adds what each token takes from the words.
   *
   * @param hidden {@code [batch, tokens, channels]}, compute type
   * @param context the words, of {@link Transformer2DModel.Settings#crossAttentionDim}
   * @return {@code [batch, tokens, channels]}
   */
  NDArray forward(NDManager scope, NDArray hidden, EncoderStates context);

  /** Its layers that an adapter can be on. */
  List<Layer> layers();

  /**
   * As {@link #forward}.
   *
   * @param context the words, which have no gradient
   */
  default Block block(EncoderStates context) {
    return new Recorded(this, inputs -> context);
  }

  /**
   * As {@link #forward}; the words are the block's second input, and may have a gradient.
   *
   * @param mask of the words
   */
  default Block blockOfWords(NDArray mask) {
    return new Recorded(this, inputs -> new EncoderStates(inputs.get(1), mask));
  }

  /**
   * What autograd differentiates.
   *
   * @param context of the block's inputs
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
