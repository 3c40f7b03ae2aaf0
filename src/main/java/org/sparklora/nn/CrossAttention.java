package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

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
}
