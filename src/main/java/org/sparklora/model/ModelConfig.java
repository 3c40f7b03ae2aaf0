package org.sparklora.model;

import java.io.Serializable;
import java.util.Optional;

/**
 * The base model.
 *
 * @param pretrainedModelNameOrPath {@code --pretrained_model_name_or_path}, a folder in diffusers'
 *     layout: a path, or a {@code file:}, {@code hdfs:} or {@code s3a:} URI
 * @param variantName {@code --variant}, such as fp16; empty for none
 */
public record ModelConfig(String pretrainedModelNameOrPath, String variantName)
    implements Serializable {
  /** {@code --variant}. */
  public Optional<String> variant() {
    return variantName.isEmpty() ? Optional.empty() : Optional.of(variantName);
  }
}
