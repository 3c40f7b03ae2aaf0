package org.sparklora.nn.vae;

import java.util.List;
import org.sparklora.nn.Activation;

/** The fields of {@code vae/config.json} that change an {@link AutoencoderKL}'s computation. */
public record AutoencoderKLConfig(
    int inChannels,
    int outChannels,
    List<Integer> blockOutChannels,
    int layersPerBlock,
    Activation activation,
    int latentChannels,
    int normNumGroups,
    double scalingFactor,
    boolean useQuantConv,
    boolean usePostQuantConv,
    boolean midBlockAddAttention)
    implements AutoencoderConfig {
  public AutoencoderKLConfig {
    blockOutChannels = List.copyOf(blockOutChannels);
  }

  @Override
  public int widestEncoded() {
    return blockOutChannels.get(0);
  }

  /** The last sampler keeps the channels of the level before it. */
  @Override
  public int widestDecoded() {
    return blockOutChannels.get(Math.min(1, blockOutChannels.size() - 1));
  }

  @Override
  public int downscale() {
    return 1 << (blockOutChannels.size() - 1);
  }
}
