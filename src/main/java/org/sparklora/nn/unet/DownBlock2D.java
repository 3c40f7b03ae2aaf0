package org.sparklora.nn.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.nn.Block;
import org.sparklora.nn.Downsample2D;
import org.sparklora.nn.Layers;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.nn.Stages;
import org.sparklora.nn.attention.Transformer2DModel;

/** {@code DownBlock2D}, or {@code CrossAttnDownBlock2D} if it has attentions. */
final class DownBlock2D {
  private final List<ResnetBlock2D> resnets = new ArrayList<>();
  private final List<Transformer2DModel> attentions = new ArrayList<>();
  private final Optional<Downsample2D> downsampler;

  DownBlock2D(
      Layers layers,
      int in,
      UNetConfig.Block block,
      ResnetBlock2D.Settings resnet,
      Transformer2DModel.Settings transformer,
      Optional<Integer> downsamplePadding) {
    int out = block.channels();
    for (int i = 0; i < block.layers(); i++) {
      resnets.add(new ResnetBlock2D(layers.at("resnets." + i), i == 0 ? in : out, out, resnet));
      if (!block.downTransformerLayers().isEmpty()) {
        int depth = block.downTransformerLayers().get(i);
        attentions.add(
            new Transformer2DModel(layers.at("attentions." + i), out, depth, transformer));
      }
    }
    this.downsampler =
        downsamplePadding.map(
            padding -> new Downsample2D(layers.at("downsamplers.0"), out, padding));
  }

  /** Adds the block's stages. Each layer's output is a skip connection. */
  void addTo(Stages stages) {
    for (int i = 0; i < resnets.size(); i++) {
      stages.add(resnets.get(i).stage());
      if (!attentions.isEmpty()) {
        stages.add(attentions.get(i).stage());
      }
      stages.keepSkip();
    }
    downsampler.ifPresent(
        layer -> {
          Block block = layer.block();
          stages.add((tape, in, values, given) -> tape.apply(in, block, values));
          stages.keepSkip();
        });
  }
}
