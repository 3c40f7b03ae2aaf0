package org.sparklora.lora;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * An adapter outside a network, in a form that is independent of file formats.
 *
 * @param modules low-rank updates
 * @param tokens learned token embeddings
 * @param metadata of the file, such as the base model
 */
public record Adapter(
    List<AdaptedModule> modules, List<LearnedToken> tokens, Map<String, String> metadata) {
  public Adapter {
    modules = List.copyOf(modules);
    tokens = List.copyOf(tokens);
    metadata = new TreeMap<>(metadata);
  }
}
