package org.sparklora.lora;

import java.util.ArrayList;
import java.util.List;

/**
 * A token that textual inversion learned (Gal et al. 2022, arXiv 2208.01618).
 *
 * @param token what stands for it in a prompt
 * @param vectors its rows of the token embedding, each as wide as the text encoder
 */
public record LearnedToken(String token, float[][] vectors) {
  /**
   * A tokenizer's token for each vector, named as diffusers names them: token, token_1, token_2.
   */
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
