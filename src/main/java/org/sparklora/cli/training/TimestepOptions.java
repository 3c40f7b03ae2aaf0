package org.sparklora.cli.training;

import java.util.Locale;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.train.objective.TimestepConfig;
import org.sparklora.train.objective.TimestepConfig.Bias;
import org.sparklora.train.objective.TimestepConfig.Sampling;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/** The timesteps that are trained on, and how often each is drawn. */
public final class TimestepOptions {
  private final RecordFlags<TimestepConfig> flags = new RecordFlags<>(TimestepConfig.ALL);
  @Mixin final CommandSpec options = flags.options();

  public TimestepConfig config(Problems problems) {
    TimestepConfig timesteps = flags.value(problems);
    problems.require(
        timesteps.max() > timesteps.min(),
        "--max_timestep",
        timesteps.max(),
        "it must be above --min_timestep, " + timesteps.min());
    problems.require(
        timesteps.biasEnd() > timesteps.biasBegin(),
        "--timestep_bias_end",
        timesteps.biasEnd(),
        "it must be above --timestep_bias_begin, " + timesteps.biasBegin());
    problems.require(
        timesteps.bias() == Bias.NONE || timesteps.sampling() == Sampling.UNIFORM,
        "--timestep_bias_strategy",
        timesteps.bias().name().toLowerCase(Locale.ROOT),
        "--timestep_sampling=logit_normal is a bias of its own; leave one of them out");
    return timesteps;
  }
}
