package org.sparklora.lora;

import java.util.EnumMap;
import java.util.Map;
import org.sparklora.model.Network;
import org.sparklora.model.TextEncoders;
import org.sparklora.nn.Layer;
import org.sparklora.nn.text.ClipTextModel;

/**
 * The networks that an adapter is put on.
 *
 * @param unet the UNet's layers by name
 * @param textEncoders text encoders that are adapted, or whose token embedding learns tokens
 * @param firstNewToken the id of the first new token, which is the size of the base model's
 *     vocabulary
 */
public record AdaptedNetworks(
    Map<String, Layer> unet, Map<Network, ClipTextModel> textEncoders, int firstNewToken) {
  /** Networks with the UNet only. */
  public static AdaptedNetworks unet(Map<String, Layer> layers) {
    return new AdaptedNetworks(layers, Map.of(), 0);
  }

  /** The UNet and all text encoders of a model. */
  public static AdaptedNetworks of(
      Map<String, Layer> unet, TextEncoders encoders, int firstNewToken) {
    Map<Network, ClipTextModel> models = new EnumMap<>(Network.class);
    encoders.family().textEncoders().forEach(text -> models.put(text, encoders.model(text)));
    return new AdaptedNetworks(unet, models, firstNewToken);
  }

  Map<String, Layer> layers(Network network) {
    if (network == Network.UNET) {
      return unet;
    }
    ClipTextModel encoder = textEncoders.get(network);
    return encoder == null ? Map.of() : encoder.layers();
  }
}
