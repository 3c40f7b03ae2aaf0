package org.sparklora.train.optimizer;

import java.io.Serializable;
import java.util.Map;

/**
 * An exponential moving average of the adapter, as {@code diffusers.training_utils.EMAModel}.
 *
 * @param decay {@code --ema_decay}, the largest share of the average that a step keeps
 * @param minDecay {@code --ema_min_decay}, the smallest
 * @param updateAfterStep {@code --ema_update_after_step}: so many steps at first copy the adapter
 * @param warmup {@code --use_ema_warmup}: the share rises by {@code inverseGamma} and {@code power}
 * @param inverseGamma {@code --ema_inv_gamma}
 * @param power {@code --ema_power}
 */
public record EmaConfig(
    double decay,
    double minDecay,
    long updateAfterStep,
    boolean warmup,
    double inverseGamma,
    double power)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What must be the same for a run to go on, by flag. */
  public Map<String, String> recipe() {
    return Map.of(
        "use_ema", "true",
        "ema_decay", String.valueOf(decay),
        "ema_min_decay", String.valueOf(minDecay),
        "ema_update_after_step", String.valueOf(updateAfterStep),
        "use_ema_warmup", String.valueOf(warmup),
        "ema_inv_gamma", String.valueOf(inverseGamma),
        "ema_power", String.valueOf(power));
  }

  /**
   * What a step keeps of the average: {@code 1 - (1 + s / inv_gamma)^-power} with warm-up, {@code
   * (1 + s) / (10 + s)} without, within the limits; 0 until s, the steps since the average began,
   * is 1.
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
