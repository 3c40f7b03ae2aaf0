package org.sparklora.nn.text;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * Encoded texts, as a UNet takes them.
 *
 * @param states hidden states to attend to, {@code [batch, words, width]}
 * @param pooled each text in one vector, {@code [batch, pooledWidth]}; for SDXL
 */
public record EncodedText(NDArray states, Optional<NDArray> pooled) {
  /** Hidden states alone. */
  public static EncodedText of(NDArray states) {
    return new EncodedText(states, Optional.empty());
  }
}
