package org.sparklora.model.folder;

import java.io.Serializable;
import java.util.Optional;
import org.sparklora.hub.HubUri;

/**
 * The base model.
 *
 * @param name {@code --pretrained_model_name_or_path} as given
 * @param location the folder in diffusers' layout that it means: a URI
 * @param variantName {@code --variant}, such as fp16; empty for none
 */
public record ModelConfig(String name, String location, String variantName)
    implements Serializable {
  /** The same model in another place, such as in the commit that a branch is now. */
  public ModelConfig at(String other) {
    return new ModelConfig(name, other, variantName);
  }

  /** Where it is, however it was given: an id of the hub, a path of this machine, or a URI. */
  public String place() {
    return HubUri.isHub(location) ? name : Locations.shown(location);
  }

  /** {@code --variant}. */
  public Optional<String> variant() {
    return variantName.isEmpty() ? Optional.empty() : Optional.of(variantName);
  }
}
