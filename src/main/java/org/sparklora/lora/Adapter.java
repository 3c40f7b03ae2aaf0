package org.sparklora.lora;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.lora.relative.RelativeModule;

/**
 * An adapter outside a network, in a form that is independent of file formats.
 *
 * @param modules low-rank updates
 * @param relative updates that depend on the base model's weights
 * @param tokens learned token embeddings
 * @param metadata of the file, such as the base model
 */
public record Adapter(
    List<AdaptedModule> modules,
    List<RelativeModule> relative,
    List<LearnedToken> tokens,
    Map<String, String> metadata) {
  public Adapter {
    modules = List.copyOf(modules);
    relative = List.copyOf(relative);
    tokens = List.copyOf(tokens);
    metadata = new TreeMap<>(metadata);
  }

  /** An adapter that is the same on every base model. */
  public Adapter(
      List<AdaptedModule> modules, List<LearnedToken> tokens, Map<String, String> metadata) {
    this(modules, List.of(), tokens, metadata);
  }

  /** Returns the same adapter with other metadata. */
  public Adapter withMetadata(Map<String, String> other) {
    return new Adapter(modules, relative, tokens, other);
  }

  /** Returns the same updates without learned tokens. */
  public Adapter withoutTokens() {
    return new Adapter(modules, relative, List.of(), metadata);
  }
}
