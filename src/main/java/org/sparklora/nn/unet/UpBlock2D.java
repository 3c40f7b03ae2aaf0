package org.sparklora.nn.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.sparklora.nn.Layers;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.nn.Stages;
import org.sparklora.nn.Upsample2D;
import org.sparklora.nn.attention.Transformer2DModel;

/** {@code UpBlock2D}, or {@code CrossAttnUpBlock2D} if it has attentions. */
final class UpBlock2D {
  private final List<ResnetBlock2D> resnets = new ArrayList<>();
  private final List<Transformer2DModel> attentions = new ArrayList<>();
  private final Optional<Upsample2D> upsampler;

  /**
   * @param previous channels of the input from the coarser block
   * @param below channels of the next finer block, whose output is the last skip connection
   */
  UpBlock2D(
      Layers layers,
      int previous,
      int below,
      UNetConfig.Block block,
      ResnetBlock2D.Settings resnet,
      Transformer2DModel.Settings transformer,
      boolean upsample) {
    int out = block.channels();
    int count = block.layers() + 1;
    for (int i = 0; i < count; i++) {
      int in = i == 0 ? previous : out;
      int skip = i == count - 1 ? below : out;
      resnets.add(new ResnetBlock2D(layers.at("resnets." + i), in + skip, out, resnet));
      if (!block.upTransformerLayers().isEmpty()) {
        int depth = block.upTransformerLayers().get(i);
        attentions.add(
            new Transformer2DModel(layers.at("attentions." + i), out, depth, transformer));
      }
    }
    this.upsampler =
        upsample
            ? Optional.of(new Upsample2D(layers.at("upsamplers.0"), "conv", out, true))
            : Optional.empty();
  }

  /** Adds the block's stages. Each resnet takes a skip connection. */
  void addTo(Stages stages) {
    for (int i = 0; i < resnets.size(); i++) {
      stages.addWithSkip(resnets.get(i).stage());
      if (!attentions.isEmpty()) {
        stages.add(attentions.get(i).stage());
      }
    }
    upsampler.ifPresent(
        layer ->
            stages.addOfSkipSize(
                (tape, in, values, given) ->
                    tape.apply(in, layer.block(values.get(1)), values.subList(0, 1))));
  }
}
