package org.sparklora.cli.training;

import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.train.objective.NoiseConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** What is added to latents: the flags of {@link NoiseConfig}. */
public final class NoiseOptions {
  private final RecordFlags<NoiseConfig> flags = new RecordFlags<>(NoiseConfig.PLAIN);
  @Mixin final CommandSpec options = flags.options();

  public NoiseConfig config(Problems problems) {
    NoiseConfig noise = flags.value(problems);
    problems.require(
        noise.adaptiveScale() == 0 || noise.offset() != 0,
        "--adaptive_noise_scale",
        noise.adaptiveScale(),
        "it changes --noise_offset, which is not set");
    problems.require(
        !noise.offsetRandomStrength() || noise.offset() != 0,
        "--noise_offset_random_strength",
        true,
        "it changes --noise_offset, which is not set");
    problems.require(
        noise.multiresIterations() == 0 || noise.offset() == 0,
        "--multires_noise_iterations",
        noise.multiresIterations(),
        "it and --noise_offset both make the noise coarser; leave one of them out");
    problems.require(
        !noise.randomStrength() || noise.inputPerturbation() > 0,
        "--ip_noise_gamma_random_strength",
        true,
        "it changes --input_perturbation, which is not set");
    return noise;
  }
}
