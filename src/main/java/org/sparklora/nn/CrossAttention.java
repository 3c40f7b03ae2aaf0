package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;

/** How a transformer block lets the picture look at the text, layer norm and residual included. */
sealed interface CrossAttention permits Attention, MultiQueryAttention, CosineAttention {
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
    return new Block() {
      @Override
      public NDArray forward(NDManager scope, List<NDArray> inputs) {
        return CrossAttention.this.forward(scope, inputs.get(0), context);
      }

      @Override
      public boolean isTrained() {
        return layers().stream().anyMatch(Layer::isAdapted);
      }
    };
  }
}
