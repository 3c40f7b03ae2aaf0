package org.sparklora.train;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/**
 * The captions of a micro-batch, encoded.
 *
 * @param states {@code [batch, words, width]}, compute type
 * @param back where the text is trained, takes the gradient of the states further
 */
record Words(NDArray states, Optional<Back> back) {
  /** The way back through the text encoder. */
  interface Back {
    /**
     * Adds to the gradients of what is trained.
     *
     * @param gradient of the states, of their shape and type
     */
    void run(NDArray gradient);
  }

  /** Words of a frozen text encoder. */
  static Words fixed(NDArray states) {
    return new Words(states, Optional.empty());
  }
}
