package org.sparklora.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** {@code DownBlock2D}, and {@code CrossAttnDownBlock2D} where it has attentions. */
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

  /** Pushes each layer's output on {@code skips} and returns the last. */
  NDArray forward(
      NDManager scope,
      NDArray x,
      NDArray timeEmbedding,
      EncoderStates context,
      List<NDArray> skips) {
    NDArray h = x;
    for (int i = 0; i < resnets.size(); i++) {
      h = resnets.get(i).forward(scope, List.of(h), timeEmbedding);
      if (!attentions.isEmpty()) {
        h = attentions.get(i).forward(scope, h, context);
      }
      skips.add(h);
    }
    if (downsampler.isPresent()) {
      h = downsampler.get().forward(scope, h);
      skips.add(h);
    }
    return h;
  }
}
