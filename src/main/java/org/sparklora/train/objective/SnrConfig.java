package org.sparklora.train.objective;

import java.io.Serializable;
import java.util.Map;
import org.sparklora.flag.Flag;
import org.sparklora.flag.FlagRecipe;
import org.sparklora.flag.InRecipe;
import org.sparklora.flag.RealNumber;
import org.sparklora.schedulers.noise.NoiseSchedule;
import org.sparklora.schedulers.noise.SchedulerConfig;

/**
 * The signal-to-noise ratio of the schedule, and weights that are made of it, as in kohya's
 * scripts.
 */
public record SnrConfig(
    @Flag(
            names = {"--zero_terminal_snr", "--rescale_betas_zero_snr"},
            help =
                "Rescale the noise schedule so that it ends in pure noise; for models that predict"
                    + " the velocity.")
        @InRecipe
        boolean zeroTerminal,
    @Flag(
            names = "--scale_v_pred_loss_like_noise_pred",
            help = "Weight the error of a velocity as that of the noise.")
        @InRecipe
        boolean velocityAsNoise,
    @Flag(
            names = "--v_pred_like_loss",
            label = "X",
            help =
                "Add this share of the error of the velocity to that of the noise (default:"
                    + " ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 1e6)
        @InRecipe
        double velocityShare)
    implements Serializable {
  /** The model's schedule, and no weights. */
  public static final SnrConfig PLAIN = new SnrConfig(false, false, 0);

  /** The schedule that a run trains with. */
  public NoiseSchedule schedule(SchedulerConfig model) {
    return NoiseSchedule.of(zeroTerminal ? model.withRescaling(true) : model);
  }

  Map<String, String> recipe() {
    return FlagRecipe.of(this, PLAIN);
  }
}
