package org.sparklora.lora;

import java.util.ArrayList;
import java.util.List;
import org.sparklora.model.Network;

/**
 * A token that textual inversion learned (Gal et al. 2022, arXiv 2208.01618).
 *
 * @param token text that stands for it in a prompt
 * @param encoder the text encoder whose token embedding the rows are of; a model with two has an
 *     entry for each
 * @param vectors its rows, each as wide as the text encoder
 */
public record LearnedToken(String token, Network encoder, float[][] vectors) {
  /** Makes a token of a model with one text encoder. */
  public LearnedToken(String token, float[][] vectors) {
    this(token, Network.TEXT_ENCODER, vectors);
  }

  /** The token of each vector, with the names of diffusers: token, token_1, token_2. */
  public List<String> names() {
    return names(token, vectors.length);
  }

  static List<String> names(String token, int vectors) {
    List<String> names = new ArrayList<>(List.of(token));
    for (int i = 1; i < vectors; i++) {
      names.add(token + "_" + i);
    }
    return names;
  }
}
