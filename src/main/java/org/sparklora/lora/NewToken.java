package org.sparklora.lora;

import java.io.Serializable;
import java.util.List;

/**
 * A token to be learned by textual inversion (Gal et al. 2022, arXiv 2208.01618).
 *
 * @param token {@code --placeholder_token}: what stands for it in a caption
 * @param initializer {@code --initializer_token}: the token of the base model whose row of the
 *     embedding every vector starts from
 * @param vectors {@code --num_vectors}: rows of the embedding that it becomes, at least 1
 */
public record NewToken(String token, String initializer, int vectors) implements Serializable {
  /**
   * A tokenizer's token for each vector, named as diffusers names them: token, token_1, token_2.
   */
  public List<String> names() {
    return LearnedToken.names(token, vectors);
  }

  /** A caption with the tokens of all vectors where the token stands, as diffusers does it. */
  public String writtenOut(String caption) {
    return caption.replace(token, String.join(" ", names()));
  }

  String recipe() {
    return token + " of " + vectors + " from " + initializer;
  }
}
