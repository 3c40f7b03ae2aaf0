package org.sparklora.nn.unet;

import java.util.Optional;
import org.sparklora.nn.Layers;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.nn.Stages;
import org.sparklora.nn.attention.Transformer2DModel;

/**
 * {@code UNetMidBlock2DCrossAttn}: a resnet, a transformer and a resnet; or {@code UNetMidBlock2D}
 * as the UNet uses it: one resnet.
 */
final class UNetMidBlock2D {
  private final ResnetBlock2D first;
  private final Optional<Transformer2DModel> attention;
  private final Optional<ResnetBlock2D> second;

  UNetMidBlock2D(
      Layers layers,
      int channels,
      int transformerLayers,
      ResnetBlock2D.Settings resnet,
      Transformer2DModel.Settings transformer) {
    this.first = new ResnetBlock2D(layers.at("resnets.0"), channels, channels, resnet);
    if (transformerLayers == 0) {
      this.attention = Optional.empty();
      this.second = Optional.empty();
    } else {
      this.attention =
          Optional.of(
              new Transformer2DModel(
                  layers.at("attentions.0"), channels, transformerLayers, transformer));
      this.second =
          Optional.of(new ResnetBlock2D(layers.at("resnets.1"), channels, channels, resnet));
    }
  }

  void addTo(Stages stages) {
    stages.add(first.stage());
    attention.ifPresent(transformer -> stages.add(transformer.stage()));
    second.ifPresent(resnet -> stages.add(resnet.stage()));
  }
}
