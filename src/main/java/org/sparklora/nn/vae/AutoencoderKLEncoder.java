package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.nn.Activation;
import org.sparklora.nn.Convolution;
import org.sparklora.nn.Downsample2D;
import org.sparklora.nn.Layers;
import org.sparklora.nn.NormActConv;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.tensor.Ops;

/**
 * Turns pixels into the moments of the latents: {@code [batch, 2 * latentChannels, h / f, w / f]}.
 */
final class AutoencoderKLEncoder {
  private record Level(List<ResnetBlock2D> resnets, List<Downsample2D> downsampler) {}

  private final Ops ops;
  private final Convolution convIn;
  private final List<Level> levels = new ArrayList<>();
  private final AutoencoderMidBlock midBlock;
  private final NormActConv convOut;

  AutoencoderKLEncoder(Layers layers, AutoencoderKLConfig config, ResnetBlock2D.Settings settings) {
    this.ops = layers.ops();
    List<Integer> channels = config.blockOutChannels();
    int last = channels.size() - 1;
    this.convIn =
        Convolution.same(layers, "conv_in", config.inChannels(), channels.get(0), 3, true);
    for (int i = 0; i <= last; i++) {
      Layers block = layers.at("down_blocks." + i);
      int out = channels.get(i);
      int in = channels.get(Math.max(i - 1, 0));
      List<ResnetBlock2D> resnets = new ArrayList<>();
      for (int j = 0; j < config.layersPerBlock(); j++) {
        resnets.add(new ResnetBlock2D(block.at("resnets." + j), j == 0 ? in : out, out, settings));
      }
      levels.add(
          new Level(
              resnets,
              i == last
                  ? List.of()
                  : List.of(new Downsample2D(block.at("downsamplers.0"), out, 0))));
    }
    this.midBlock =
        new AutoencoderMidBlock(
            layers.at("mid_block"), channels.get(last), config.midBlockAddAttention(), settings);
    this.convOut =
        new NormActConv(
            layers,
            channels.get(last),
            2 * config.latentChannels(),
            3,
            settings.groups(),
            settings.eps(),
            Activation.SILU);
  }

  NDArray forward(NDManager scope, NDArray pixels) {
    NDArray h = convIn.forward(scope, pixels);
    for (Level level : levels) {
      for (ResnetBlock2D resnet : level.resnets()) {
        h = resnet.forward(scope, List.of(h), ops.none());
      }
      for (Downsample2D downsampler : level.downsampler()) {
        h = downsampler.forward(scope, h);
      }
    }
    return convOut.forward(scope, midBlock.forward(scope, h, ops.none()));
  }
}
