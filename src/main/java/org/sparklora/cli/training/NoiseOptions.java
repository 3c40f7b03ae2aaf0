package org.sparklora.cli.training;

import org.sparklora.cli.check.RealNumber;
import org.sparklora.cli.check.WholeNumber;
import org.sparklora.cli.config.Problems;
import org.sparklora.train.objective.NoiseConfig;
import picocli.CommandLine.Option;

/** What is added to latents. */
public final class NoiseOptions {
  @Option(
      names = "--noise_offset",
      paramLabel = "X",
      description = "Deviation of a constant added to the noise (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 100)
  private double noiseOffset;

  @Option(
      names = "--adaptive_noise_scale",
      paramLabel = "X",
      description =
          "Times the magnitude of a channel's mean, added to --noise_offset (default:"
              + " ${DEFAULT-VALUE}).")
  @RealNumber(min = -100, max = 100)
  private double adaptiveNoiseScale;

  @Option(
      names = "--multires_noise_iterations",
      paramLabel = "N",
      description =
          "Coarser noises added to the noise; 6 to 10 are usual (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 0, max = 64)
  private int multiresNoiseIterations;

  @Option(
      names = "--multires_noise_discount",
      paramLabel = "X",
      description = "Factor of each coarser noise on the one before (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  private double multiresNoiseDiscount = 0.3;

  @Option(
      names = {"--input_perturbation", "--ip_noise_gamma"},
      paramLabel = "X",
      description =
          "Noise in the network's input beyond what it is asked for; 0.1 is usual (default:"
              + " ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 100)
  private double inputPerturbation;

  @Option(
      names = "--ip_noise_gamma_random_strength",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Draw the perturbation's strength from 0 to its value.")
  private boolean ipNoiseGammaRandomStrength;

  public NoiseConfig config(Problems problems) {
    problems.require(
        Double.isFinite(adaptiveNoiseScale) && (adaptiveNoiseScale == 0 || noiseOffset != 0),
        "--adaptive_noise_scale",
        adaptiveNoiseScale,
        "it changes --noise_offset, which is not set");
    problems.require(
        multiresNoiseIterations == 0 || noiseOffset == 0,
        "--multires_noise_iterations",
        multiresNoiseIterations,
        "it and --noise_offset both make the noise coarser; leave one of them out");
    problems.require(
        !ipNoiseGammaRandomStrength || inputPerturbation > 0,
        "--ip_noise_gamma_random_strength",
        true,
        "it changes --input_perturbation, which is not set");
    return new NoiseConfig(
        noiseOffset,
        adaptiveNoiseScale,
        multiresNoiseIterations,
        multiresNoiseDiscount,
        inputPerturbation,
        ipNoiseGammaRandomStrength);
  }
}
