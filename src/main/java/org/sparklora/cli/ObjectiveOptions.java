package org.sparklora.cli;

import java.util.Optional;
import java.util.OptionalDouble;
import org.sparklora.schedulers.PredictionType;
import org.sparklora.train.ObjectiveConfig;
import picocli.CommandLine.Option;

/** What the UNet is trained to predict. */
final class ObjectiveOptions {
  @Option(
      names = "--prediction_type",
      paramLabel = "TYPE",
      description = "epsilon or v_prediction (default: the base model's).")
  private String predictionType = "";

  @Option(
      names = "--snr_gamma",
      paramLabel = "X",
      description = "Gamma of min-SNR weighting; 5 is usual (default: no weighting).")
  private Double snrGamma;

  @Option(
      names = "--noise_offset",
      paramLabel = "X",
      description = "Deviation of a constant added to the noise (default: ${DEFAULT-VALUE}).")
  private double noiseOffset;

  ObjectiveConfig config(Problems problems) {
    problems.require(
        snrGamma == null || snrGamma > 0, "--snr_gamma", snrGamma, "it must be positive");
    problems.require(
        noiseOffset >= 0 && Double.isFinite(noiseOffset),
        "--noise_offset",
        noiseOffset,
        "it must not be negative");
    return new ObjectiveConfig(
        predictionType.isEmpty()
            ? Optional.empty()
            : Optional.of(
                problems.choice(
                    "--prediction_type",
                    predictionType,
                    PredictionType.values(),
                    PredictionType.EPSILON)),
        snrGamma == null ? OptionalDouble.empty() : OptionalDouble.of(snrGamma),
        noiseOffset);
  }
}
