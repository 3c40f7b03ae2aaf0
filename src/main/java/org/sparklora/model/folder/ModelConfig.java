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
 * @param vaeLocation {@code --pretrained_vae_model_name_or_path}, the folder that it means; empty
 *     for the model's own autoencoder
 * @param textPieces how many pieces of a caption its text encoders read, one after the other
 */
public record ModelConfig(
    String name, String location, String variantName, String vaeLocation, int textPieces)
    implements Serializable {
  /** A model with its own autoencoder that reads one piece of a caption. */
  public ModelConfig(String name, String location, String variantName) {
    this(name, location, variantName, "", 1);
  }

  /** The same model at another location, such as the commit that a branch is now. */
  public ModelConfig at(String other) {
    return new ModelConfig(name, other, variantName, vaeLocation, textPieces);
  }

  /** The same model with its autoencoder in another place. */
  public ModelConfig withVaeAt(String other) {
    return new ModelConfig(name, location, variantName, other, textPieces);
  }

  /** The same model, which reads so many pieces of a caption. */
  public ModelConfig reading(int pieces) {
    return new ModelConfig(name, location, variantName, vaeLocation, pieces);
  }

  /**
   * Opens the model.
   *
   * @throws org.sparklora.util.InvalidInputException (DATA) when there is no such folder
   */
  public ModelFolder open(Configuration hadoop) {
    ModelFolder folder = ModelFolder.open(location, hadoop, variant());
    return (vaeLocation.isEmpty() ? folder : folder.withVae(vaeLocation, hadoop))
        .reading(textPieces);
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
