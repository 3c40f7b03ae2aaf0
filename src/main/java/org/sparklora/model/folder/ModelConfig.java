package org.sparklora.model.folder;

import java.io.Serializable;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.hub.HubUri;

/**
 * The base model.
 *
 * @param name {@code --pretrained_model_name_or_path} as given
 * @param location URI of the folder in diffusers' layout
 * @param variantName {@code --variant}, such as fp16; empty for none
 * @param vaeLocation the folder of {@code --pretrained_vae_model_name_or_path}; empty for the
 *     model's own autoencoder
 */
public record ModelConfig(String name, String location, String variantName, String vaeLocation)
    implements Serializable {
  /** A model with its own autoencoder. */
  public ModelConfig(String name, String location, String variantName) {
    this(name, location, variantName, "");
  }

  /** The same model at another location, such as the commit that a branch is now. */
  public ModelConfig at(String other) {
    return new ModelConfig(name, other, variantName, vaeLocation);
  }

  /** The same model with its autoencoder in another place. */
  public ModelConfig withVaeAt(String other) {
    return new ModelConfig(name, location, variantName, other);
  }

  /**
   * Opens the model.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) when there is no such folder
   */
  public ModelFolder open(Configuration hadoop) {
    ModelFolder folder = ModelFolder.open(location, hadoop, variant());
    return vaeLocation.isEmpty() ? folder : folder.withVae(vaeLocation, hadoop);
  }

  /** Its location: an id of the hub, a path on this machine, or a URI. */
  public String place() {
    return HubUri.isHub(location) ? name : Locations.shown(location);
  }

  /** {@code --variant}. */
  public Optional<String> variant() {
    return variantName.isEmpty() ? Optional.empty() : Optional.of(variantName);
  }
}
