package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.sparklora.tensor.Ops;

/**
 * The encoded text that a cross-attention attends to: the {@code context} argument of the op
 * library. "Words" are the positions of token ids.
 *
 * @param hiddenStates {@code [batch, words, width]}; without elements for self-attention
 * @param mask {@code [batch, words]}, 1 for a word to attend to, otherwise 0; without elements for
 *     all words
 */
public record EncoderStates(NDArray hiddenStates, NDArray mask) {
  public Ops.Argument argument() {
    return Ops.of(List.of(hiddenStates, mask));
  }
}
