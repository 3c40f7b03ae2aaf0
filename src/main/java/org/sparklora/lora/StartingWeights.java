package org.sparklora.lora;

import org.sparklora.model.Network;

/** Values of the base model from which an adapter starts. */
public interface StartingWeights {
  /**
   * Returns the Euclidean norm of each output row of a module's weight.
   *
   * @return {@code float[out]}
   */
  float[] rowNorms(Network network, String module);

  /**
   * A row of a text encoder's token embedding.
   *
   * @param token a token of the base model's tokenizer
   * @return {@code float[width]}
   * @throws org.sparklora.util.InvalidInputException (CONFIGURATION) when the text is not one token
   */
  float[] tokenRow(Network encoder, String token);
}
