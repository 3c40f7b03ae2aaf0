package org.sparklora.train.objective;

import java.io.Serializable;

/**
 * Which timesteps are trained on, and how often.
 *
 * @param min {@code --min_timestep}
 * @param max {@code --max_timestep}, exclusive; {@link #LAST} for the schedule's end
 * @param bias {@code --timestep_bias_strategy}
 * @param biasMultiplier {@code --timestep_bias_multiplier}, how much more often
 * @param biasBegin {@code --timestep_bias_begin}, of {@code range}
 * @param biasEnd {@code --timestep_bias_end}, of {@code range}, exclusive
 * @param biasPortion {@code --timestep_bias_portion}, of {@code earlier} and {@code later}
 * @param sampling {@code --timestep_sampling}
 * @param logitMean {@code --logit_mean}
 * @param logitStd {@code --logit_std}
 */
public record TimestepConfig(
    int min,
    int max,
    Bias bias,
    double biasMultiplier,
    int biasBegin,
    int biasEnd,
    double biasPortion,
    Sampling sampling,
    double logitMean,
    double logitStd)
    implements Serializable {
  public static final int LAST = Integer.MAX_VALUE;

  /** All of them, equally often. */
  public static final TimestepConfig ALL =
      new TimestepConfig(0, LAST, Bias.NONE, 1, 0, 1000, 0.25, Sampling.UNIFORM, 0, 1);

  /** What {@code --timestep_bias_strategy} takes, as in diffusers' SDXL scripts. */
  public enum Bias {
    NONE,
    EARLIER,
    LATER,
    RANGE
  }

  /** What {@code --timestep_sampling} takes. */
  public enum Sampling {
    UNIFORM,
    LOGIT_NORMAL
  }
}
