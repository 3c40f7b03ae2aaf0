package org.sparklora.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;

/** The names of the same tensor in different versions of the libraries. */
public final class TensorAliases {
  private static final String TEXT_MODEL = "text_model.";

  private TensorAliases() {}

  /**
   * Finds a tensor in a weight file.
   *
   * @param name in current versions of diffusers and transformers
   */
  public static Optional<TensorInfo> find(TensorFile file, String name) {
    return of(name).stream()
        .filter(file.tensors()::containsKey)
        .map(file.tensors()::get)
        .findFirst();
  }

  /**
   * Returns the name that adapters know a stored tensor by. Transformers 5.6 and later leave {@code
   * text_model.} out where a text encoder has no projection.
   */
  public static String known(Network network, String stored) {
    return network.isTextEncoder() && stored.matches("(encoder|embeddings|final_layer_norm)\\..*")
        ? TEXT_MODEL + stored
        : stored;
  }

  private static List<String> of(String name) {
    List<String> names = new ArrayList<>(List.of(name));
    if (name.contains("mid_block.attentions.")) {
      names.add(
          name.replace(".to_q.", ".query.")
              .replace(".to_k.", ".key.")
              .replace(".to_v.", ".value.")
              .replace(".to_out.0.", ".proj_attn."));
    }
    if (name.startsWith(TEXT_MODEL)) {
      names.add(name.substring(TEXT_MODEL.length()));
    }
    return names;
  }
}
