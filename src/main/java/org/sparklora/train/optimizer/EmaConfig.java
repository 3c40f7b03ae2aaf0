package org.sparklora.train.optimizer;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;

/** An exponential moving average of the adapter, as {@code diffusers.training_utils.EMAModel}. */
public record EmaConfig(
    @Flag(
            names = {"--ema_decay", "--ema_max_decay"},
            label = "X",
            help = "Largest share of the average that a step keeps (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1)
        @InRecipe(always = true)
        double decay,
    @Flag(
            names = "--ema_min_decay",
            label = "X",
            help = "Smallest share of the average that a step keeps (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1)
        @InRecipe(always = true)
        double minDecay,
    @Flag(
            names = "--ema_update_after_step",
            label = "N",
            help =
                "Number of steps at the start in which the average is a copy of the adapter"
                    + " (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 0, max = 1_000_000_000)
        @InRecipe(always = true)
        long updateAfterStep,
    @Flag(
            names = "--use_ema_warmup",
            help = "Let the share of the average rise as 1 - (1 + steps / gamma)^-power.")
        @InRecipe(always = true)
        boolean warmup,
    @Flag(
            names = "--ema_inv_gamma",
            label = "X",
            help = "Gamma of the warm-up (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1e9, aboveMin = true)
        @InRecipe(always = true)
        double inverseGamma,
    @Flag(names = "--ema_power", label = "X", help = "Power of the warm-up (default: 2/3).")
        @RealNumber(min = 0, max = 100, aboveMin = true)
        @InRecipe(always = true)
        double power)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The average of a run that is asked for one and told no more. */
  public static final EmaConfig USUAL = new EmaConfig(0.9999, 0, 0, false, 1, 2.0 / 3);

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>(FlagRecipe.of(this, USUAL));
    recipe.put("use_ema", "true");
    return recipe;
  }

  /**
   * The share of the average that a step keeps: {@code 1 - (1 + s / inv_gamma)^-power} with
   * warm-up, {@code (1 + s) / (10 + s)} without, within the limits; 0 until s, the steps since the
   * average began, is 1.
   *
   * @param step from 1
   */
  double decay(long step) {
    long since = Math.max(0, step - updateAfterStep - 1);
    if (since == 0) {
      return 0;
    }
    double rising =
        warmup
            ? 1 - StrictMath.pow(1 + since / inverseGamma, -power)
            : (1.0 + since) / (10.0 + since);
    return Math.max(Math.min(rising, decay), minDecay);
  }
}
