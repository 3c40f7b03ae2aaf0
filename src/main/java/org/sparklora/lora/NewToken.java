package org.sparklora.lora;

import java.io.Serializable;
import java.util.List;

/**
 * A token to be learned by textual inversion (Gal et al. 2022, arXiv 2208.01618).
 *
 * @param token {@code --placeholder_token}: the text that stands for it in a caption
 * @param initializer {@code --initializer_token}: a token of the base model; every vector starts as
 *     its row of the embedding
 * @param vectors {@code --num_vectors}: number of its rows of the embedding, at least 1
 */
public record NewToken(String token, String initializer, int vectors) implements Serializable {
  /** The token of each vector, with the names of diffusers: token, token_1, token_2. */
  public List<String> names() {
    return LearnedToken.names(token, vectors);
  }

  /** A caption in which the token is replaced by the tokens of all its vectors, as in diffusers. */
  public String writtenOut(String caption) {
    return caption.replace(token, String.join(" ", names()));
  }

  String recipe() {
    return token + " of " + vectors + " from " + initializer;
  }
}
