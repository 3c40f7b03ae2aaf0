package org.sparklora.train.objective;

import java.io.Serializable;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;

/**
 * The noise that is added to latents.
 *
 * @param offset standard deviation of a per-channel constant added to the noise; 0 for none
 * @param offsetRandomStrength the offset's deviation is drawn from 0 to its value
 * @param inputPerturbation strength of noise that is added to the network's input but not to its
 *     target
 * @param randomStrength the perturbation's strength is drawn from 0 to its value
 */
public record NoiseConfig(
    @Flag(
            names = "--noise_offset",
            label = "X",
            help =
                "Standard deviation of a constant that is added to each channel's noise (default:"
                    + " ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 100)
        @InRecipe(always = true)
        double offset,
    @Flag(
            names = "--adaptive_noise_scale",
            label = "X",
            help =
                "This number times the magnitude of a channel's mean is added to --noise_offset"
                    + " (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = -100, max = 100)
        @InRecipe
        double adaptiveScale,
    @Flag(
            names = "--multires_noise_iterations",
            label = "N",
            help =
                "Number of coarser noises that are added to the noise; 6 to 10 are usual (default:"
                    + " ${DEFAULT-VALUE}).")
        @WholeNumber(min = 0, max = 64)
        @InRecipe
        int multiresIterations,
    @Flag(
            names = "--multires_noise_discount",
            label = "X",
            help = "Factor of each coarser noise on the one before (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1, aboveMin = true)
        @InRecipe(with = "multiresIterations")
        double multiresDiscount,
    @Flag(
            names = {"--input_perturbation", "--ip_noise_gamma"},
            label = "X",
            help =
                "Strength of noise in the network's input that is not in its target; 0.1 is usual"
                    + " (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 100)
        @InRecipe
        double inputPerturbation,
    @Flag(
            names = "--ip_noise_gamma_random_strength",
            help = "Draw the perturbation's strength from 0 to its value.")
        @InRecipe(with = "inputPerturbation")
        boolean randomStrength,
    @Flag(
            names = "--noise_offset_random_strength",
            help = "Draw the offset's deviation from 0 to its value for each picture.")
        @InRecipe
        boolean offsetRandomStrength)
    implements Serializable {
  /** Nothing but plain noise. */
  public static final NoiseConfig PLAIN = new NoiseConfig(0, 0, 0, 0.3, 0, false, false);

  /** Plain noise with an offset. */
  public static NoiseConfig offset(double offset) {
    return new NoiseConfig(offset, 0, 0, 0.3, 0, false, false);
  }

  Map<String, String> recipe() {
    return FlagRecipe.of(this, PLAIN);
  }
}
