package org.sparklora.nn.unet;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * The inputs that a UNet takes beside noisy latents and timesteps.
 *
 * @param context the text's hidden states {@code [batch, words, crossAttentionDim]}, compute type
 * @param added for a model whose configuration has {@link UNetConfig#added()}
 */
public record Conditions(NDArray context, Optional<AddedConditions> added) {
  /** The text's hidden states alone. */
  public static Conditions of(NDArray context) {
    return new Conditions(context, Optional.empty());
  }
}
