package org.sparklora.cli.training;

import org.sparklora.cli.check.RealNumber;
import org.sparklora.cli.check.WholeNumber;
import org.sparklora.cli.config.Problems;
import org.sparklora.train.objective.TimestepConfig;
import org.sparklora.train.objective.TimestepConfig.Bias;
import org.sparklora.train.objective.TimestepConfig.Sampling;
import picocli.CommandLine.Option;

/** Which timesteps are trained on, and how often. */
public final class TimestepOptions {
  @Option(
      names = "--min_timestep",
      paramLabel = "T",
      description = "First timestep trained on (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 0, max = 1_000_000)
  private int minTimestep;

  @Option(
      names = "--max_timestep",
      paramLabel = "T",
      description = "Timestep training stays below (default: the base model's end).")
  @WholeNumber(min = 1, max = 1_000_000)
  private Integer maxTimestep;

  @Option(
      names = "--timestep_bias_strategy",
      paramLabel = "NAME",
      description =
          "Timesteps drawn more often: earlier, later, range or none (default: ${DEFAULT-VALUE}).")
  private String timestepBiasStrategy = "none";

  @Option(
      names = "--timestep_bias_multiplier",
      paramLabel = "X",
      description = "How much more often (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private double timestepBiasMultiplier = 1;

  @Option(
      names = "--timestep_bias_begin",
      paramLabel = "T",
      description = "First timestep of range (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 0, max = 1_000_000)
  private int timestepBiasBegin;

  @Option(
      names = "--timestep_bias_end",
      paramLabel = "T",
      description = "Timestep that range stays below (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000)
  private int timestepBiasEnd = 1000;

  @Option(
      names = "--timestep_bias_portion",
      paramLabel = "P",
      description = "Share of the timesteps of earlier and later (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  private double timestepBiasPortion = 0.25;

  @Option(
      names = "--timestep_sampling",
      paramLabel = "uniform|logit_normal",
      description = "How timesteps are drawn (default: ${DEFAULT-VALUE}).")
  private String timestepSampling = "uniform";

  @Option(
      names = "--logit_mean",
      paramLabel = "X",
      description = "Mean of logit_normal (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = -100, max = 100)
  private double logitMean;

  @Option(
      names = "--logit_std",
      paramLabel = "X",
      description = "Standard deviation of logit_normal (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 100, aboveMin = true)
  private double logitStd = 1;

  public TimestepConfig config(Problems problems) {
    int max = maxTimestep == null ? TimestepConfig.LAST : maxTimestep;
    problems.require(
        max > minTimestep,
        "--max_timestep",
        max,
        "it must be above --min_timestep, " + minTimestep);
    Bias bias =
        problems.choice("--timestep_bias_strategy", timestepBiasStrategy, Bias.values(), Bias.NONE);
    problems.require(
        timestepBiasBegin >= 0 && timestepBiasEnd > timestepBiasBegin,
        "--timestep_bias_end",
        timestepBiasEnd,
        "it must be above --timestep_bias_begin, " + timestepBiasBegin);
    Sampling sampling =
        problems.choice(
            "--timestep_sampling", timestepSampling, Sampling.values(), Sampling.UNIFORM);
    problems.require(
        bias == Bias.NONE || sampling == Sampling.UNIFORM,
        "--timestep_bias_strategy",
        timestepBiasStrategy,
        "--timestep_sampling=logit_normal is a bias of its own; leave one of them out");
    return new TimestepConfig(
        minTimestep,
        max,
        bias,
        timestepBiasMultiplier,
        timestepBiasBegin,
        timestepBiasEnd,
        timestepBiasPortion,
        sampling,
        logitMean,
        logitStd);
  }
}
