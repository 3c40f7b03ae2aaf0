package org.sparklora.lora;

import java.util.Map;
import java.util.Optional;
import org.sparklora.lora.AdaptedModule.Network;
import org.sparklora.nn.Layer;
import org.sparklora.nn.text.ClipTextModel;

/**
 * The networks that an adapter goes on.
 *
 * @param unet the UNet's layers by name
 * @param textEncoder where it is adapted or learns tokens
 * @param firstNewToken the id of the first new token: how many the tokenizer knows
 */
public record AdaptedNetworks(
    Map<String, Layer> unet, Optional<ClipTextModel> textEncoder, int firstNewToken) {
  /** The UNet alone. */
  static AdaptedNetworks unet(Map<String, Layer> layers) {
    return new AdaptedNetworks(layers, Optional.empty(), 0);
  }

  Map<String, Layer> layers(Network network) {
    return network == Network.UNET
        ? unet
        : textEncoder.map(ClipTextModel::layers).orElseGet(Map::of);
  }
}
