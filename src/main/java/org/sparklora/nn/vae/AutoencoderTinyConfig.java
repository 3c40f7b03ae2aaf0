package org.sparklora.nn.vae;

import java.util.List;
import org.sparklora.nn.Activation;

/** The fields of {@code vae/config.json} that change an {@link AutoencoderTiny}'s computation. */
public record AutoencoderTinyConfig(
    int inChannels,
    int outChannels,
    List<Integer> encoderBlockOutChannels,
    List<Integer> decoderBlockOutChannels,
    List<Integer> numEncoderBlocks,
    List<Integer> numDecoderBlocks,
    Activation activation,
    int latentChannels,
    double scalingFactor)
    implements AutoencoderConfig {
  public AutoencoderTinyConfig {
    encoderBlockOutChannels = List.copyOf(encoderBlockOutChannels);
    decoderBlockOutChannels = List.copyOf(decoderBlockOutChannels);
    numEncoderBlocks = List.copyOf(numEncoderBlocks);
    numDecoderBlocks = List.copyOf(numDecoderBlocks);
  }

  @Override
  public int widestEncoded() {
    return encoderBlockOutChannels.get(0);
  }

  @Override
  public int widestDecoded() {
    return decoderBlockOutChannels.get(decoderBlockOutChannels.size() - 1);
  }

  @Override
  public int downscale() {
    return 1 << (encoderBlockOutChannels.size() - 1);
  }
}
