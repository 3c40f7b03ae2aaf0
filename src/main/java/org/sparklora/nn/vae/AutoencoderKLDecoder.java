package org.sparklora.nn.vae;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import org.sparklora.nn.Activation;
import org.sparklora.nn.Convolution;
import org.sparklora.nn.Layers;
import org.sparklora.nn.NormActConv;
import org.sparklora.nn.ResnetBlock2D;
import org.sparklora.nn.Upsample2D;
import org.sparklora.tensor.Ops;

/** Turns latents into pixels. */
final class AutoencoderKLDecoder {
  private record Level(List<ResnetBlock2D> resnets, List<Upsample2D> upsampler) {}

  private final Ops ops;
  private final Convolution convIn;
  private final AutoencoderMidBlock midBlock;
  private final List<Level> levels = new ArrayList<>();
  private final NormActConv convOut;

  AutoencoderKLDecoder(Layers layers, AutoencoderKLConfig config, ResnetBlock2D.Settings settings) {
    this.ops = layers.ops();
    List<Integer> channels = config.blockOutChannels();
    int last = channels.size() - 1;
    int coarsest = channels.get(last);
    this.convIn = Convolution.same(layers, "conv_in", config.latentChannels(), coarsest, 3, true);
    this.midBlock =
        new AutoencoderMidBlock(
            layers.at("mid_block"), coarsest, config.midBlockAddAttention(), settings);
    for (int i = 0; i <= last; i++) {
      Layers block = layers.at("up_blocks." + i);
      int out = channels.get(last - i);
      int in = channels.get(Math.min(last - i + 1, last));
      List<ResnetBlock2D> resnets = new ArrayList<>();
      for (int j = 0; j <= config.layersPerBlock(); j++) {
        resnets.add(new ResnetBlock2D(block.at("resnets." + j), j == 0 ? in : out, out, settings));
      }
      levels.add(
          new Level(
              resnets,
              i == last
                  ? List.of()
                  : List.of(new Upsample2D(block.at("upsamplers.0"), "conv", out, true))));
    }
    this.convOut =
        new NormActConv(
            layers,
            channels.get(0),
            config.outChannels(),
            3,
            settings.groups(),
            settings.eps(),
            Activation.SILU);
  }

  NDArray forward(NDManager scope, NDArray latents) {
    NDArray h = midBlock.forward(scope, convIn.forward(scope, latents), ops.none());
    for (Level level : levels) {
      for (ResnetBlock2D resnet : level.resnets()) {
        h = resnet.forward(scope, List.of(h), ops.none());
      }
      for (Upsample2D upsampler : level.upsampler()) {
        h = upsampler.forward(scope, h, ops.none());
      }
    }
    return convOut.forward(scope, h);
  }
}
