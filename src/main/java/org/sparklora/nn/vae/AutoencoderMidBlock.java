package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Optional;
import org.sparklora.nn.Layers;
import org.sparklora.nn.ResnetBlock2D;

/**
 * The middle block: a resnet, attention over the pixels if the configuration has it, and a resnet.
 */
final class AutoencoderMidBlock {
  private final ResnetBlock2D first;
  private final Optional<ImageAttention> attention;
  private final ResnetBlock2D second;

  AutoencoderMidBlock(
      Layers layers, int channels, boolean attend, ResnetBlock2D.Settings settings) {
    this.first = new ResnetBlock2D(layers.at("resnets.0"), channels, channels, settings);
    this.attention =
        attend
            ? Optional.of(
                new ImageAttention(
                    layers.at("attentions.0"), channels, settings.groups(), settings.eps()))
            : Optional.empty();
    this.second = new ResnetBlock2D(layers.at("resnets.1"), channels, channels, settings);
  }

  NDArray forward(NDManager scope, NDArray x, NDArray none) {
    NDArray h = first.forward(scope, List.of(x), none);
    if (attention.isPresent()) {
      h = attention.get().forward(scope, h);
    }
    return second.forward(scope, List.of(h), none);
  }
}
