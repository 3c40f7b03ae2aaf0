package org.sparklora.model;

import java.io.Serializable;
import java.util.Optional;

/**
 * The base model.
 *
 * @param name {@code --pretrained_model_name_or_path} as given
 * @param location the folder in diffusers' layout that it means: a URI
 * @param variantName {@code --variant}, such as fp16; empty for none
 */
public record ModelConfig(String name, String location, String variantName)
    implements Serializable {
  /** {@code --variant}. */
  public Optional<String> variant() {
    return variantName.isEmpty() ? Optional.empty() : Optional.of(variantName);
  }
}
