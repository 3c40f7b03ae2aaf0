package org.sparklora.train.objective;

import java.io.Serializable;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;

/**
 * The timesteps that are trained on, and how often each is drawn.
 *
 * @param max {@code --max_timestep}, exclusive; {@link #LAST} for the schedule's end
 * @param biasEnd {@code --timestep_bias_end}, of {@code range}, exclusive
 */
public record TimestepConfig(
    @Flag(
            names = "--min_timestep",
            label = "T",
            help = "First timestep that is trained on (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 0, max = 1_000_000)
        @InRecipe
        int min,
    @Flag(
            names = "--max_timestep",
            label = "T",
            help =
                "End of the timesteps that are trained on, exclusive (default: the base model's"
                    + " end).",
            unset = true)
        @WholeNumber(min = 1, max = 1_000_000)
        @InRecipe
        int max,
    @Flag(
            names = "--timestep_bias_strategy",
            label = "NAME",
            help =
                "Timesteps that are drawn more often: earlier, later, range or none (default:"
                    + " ${DEFAULT-VALUE}).")
        @InRecipe
        Bias bias,
    @Flag(
            names = "--timestep_bias_multiplier",
            label = "X",
            help = "How much more often they are drawn (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1e6, aboveMin = true)
        @InRecipe(with = "bias")
        double biasMultiplier,
    @Flag(
            names = "--timestep_bias_begin",
            label = "T",
            help = "First timestep of range (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 0, max = 1_000_000)
        @InRecipe(with = "bias")
        int biasBegin,
    @Flag(
            names = "--timestep_bias_end",
            label = "T",
            help = "End of range, exclusive (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 1, max = 1_000_000)
        @InRecipe(with = "bias")
        int biasEnd,
    @Flag(
            names = "--timestep_bias_portion",
            label = "P",
            help =
                "Share of the timesteps that earlier and later favour (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1, aboveMin = true)
        @InRecipe(with = "bias")
        double biasPortion,
    @Flag(
            names = "--timestep_sampling",
            label = "uniform|logit_normal",
            help = "Distribution of the timesteps (default: ${DEFAULT-VALUE}).")
        @InRecipe
        Sampling sampling,
    @Flag(
            names = "--logit_mean",
            label = "X",
            help = "Mean of logit_normal (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = -100, max = 100)
        @InRecipe(with = "sampling")
        double logitMean,
    @Flag(
            names = "--logit_std",
            label = "X",
            help = "Standard deviation of logit_normal (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 100, aboveMin = true)
        @InRecipe(with = "sampling")
        double logitStd)
    implements Serializable {
  public static final int LAST = Integer.MAX_VALUE;

  /** All timesteps, equally often. */
  public static final TimestepConfig ALL =
      new TimestepConfig(0, LAST, Bias.NONE, 1, 0, 1000, 0.25, Sampling.UNIFORM, 0, 1);

  Map<String, String> recipe() {
    return FlagRecipe.of(this, ALL);
  }

  /** A value of {@code --timestep_bias_strategy}, as in diffusers' SDXL scripts. */
  public enum Bias {
    NONE,
    EARLIER,
    LATER,
    RANGE
  }

  /** A value of {@code --timestep_sampling}. */
  public enum Sampling {
    UNIFORM,
    LOGIT_NORMAL
  }
}
