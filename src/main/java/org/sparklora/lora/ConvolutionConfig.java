package org.sparklora.lora;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.sparklora.flag.Flag;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;

/**
 * Adapters on the convolutions of a UNet's resnets (LoCon); {@link #on} adds them to a {@link
 * LoraConfig}.
 */
public record ConvolutionConfig(
    @Flag(
            names = "--conv_rank",
            label = "R",
            help =
                "Adapt the UNet's resnets, downsamplers and upsamplers, too (LoCon). This is the"
                    + " rank of their 3 x 3 convolutions.")
        @WholeNumber(min = 1, max = LoraConfig.MOST_RANK)
        OptionalInt rank,
    @Flag(
            names = "--conv_alpha",
            label = "ALPHA",
            help = "Alpha of these convolutions (default: --conv_rank).")
        @RealNumber(min = 0, max = 1e6, aboveMin = true)
        OptionalDouble alpha) {
  /** Convolutions are not adapted. */
  public static final ConvolutionConfig NONE =
      new ConvolutionConfig(OptionalInt.empty(), OptionalDouble.empty());

  /** The settings of an adapter with those of its convolutions. */
  public LoraConfig on(LoraConfig adapter) {
    return rank.isPresent()
        ? adapter.withConvolutions(rank.getAsInt(), alpha.orElse(rank.getAsInt()))
        : adapter;
  }
}
