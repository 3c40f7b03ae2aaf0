package org.sparklora.train;

import java.util.Optional;
import org.sparklora.nn.text.EncodedText;

/**
 * The captions of a micro-batch, encoded.
 *
 * @param text of all captions, compute type
 * @param back the backward pass through the text encoders; empty if they are frozen
 */
record Words(EncodedText text, Optional<Back> back) {
  /** The backward pass through the text encoder. */
  interface Back {
    /**
     * Adds to the gradients of the trained values.
     *
     * @param gradient of what {@link Words#text} holds, of the same shapes, fp32
     */
    void run(EncodedText gradient);
  }

  /** Makes the words of frozen text encoders. */
  static Words fixed(EncodedText text) {
    return new Words(text, Optional.empty());
  }
}
