package org.sparklora.train.rate;

import java.io.Serializable;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * The learning-rate schedule, counted in optimizer steps.
 *
 * @param scheduler {@code --lr_scheduler}
 * @param warmupSteps {@code --lr_warmup_steps}
 * @param maxTrainSteps {@code --max_train_steps}, where the schedule ends
 * @param numCycles {@code --lr_num_cycles}: hard restarts of cosine_with_restarts, half waves of
 *     cosine_with_min_lr and warmup_stable_decay
 * @param power {@code --lr_power}, the exponent of polynomial
 * @param decay how the rate falls
 */
public record LearningRateConfig(
    LrScheduler scheduler,
    long warmupSteps,
    long maxTrainSteps,
    int numCycles,
    double power,
    Decay decay)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * How the rate falls in schedules that leave it open.
   *
   * @param steps {@code --lr_decay_steps}, the last steps of warmup_stable_decay
   * @param timescale {@code --lr_timescale} of inverse_sqrt; 0 for the steps of warm-up, or 10,000
   *     without one
   * @param minRatio {@code --lr_min_ratio}, the part of the rate that is left at the end
   * @param rules {@code --lr_step_rules} of piecewise_constant
   */
  public record Decay(long steps, long timescale, double minRatio, StepRules rules)
      implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Nothing is left at the end. */
    public static final Decay USUAL = new Decay(0, 0, 0, StepRules.NONE);
  }

  /** A schedule that falls as usual. */
  public LearningRateConfig(
      LrScheduler scheduler, long warmupSteps, long maxTrainSteps, int numCycles, double power) {
    this(scheduler, warmupSteps, maxTrainSteps, numCycles, power, Decay.USUAL);
  }

  /** The settings that a resumed run must share, by flag. */
  public Map<String, String> recipe() {
    Map<String, String> recipe = new TreeMap<>();
    recipe.put("lr_scheduler", scheduler.name().toLowerCase(Locale.ROOT));
    recipe.put("lr_warmup_steps", String.valueOf(warmupSteps));
    recipe.put("lr_num_cycles", String.valueOf(numCycles));
    recipe.put("lr_power", String.valueOf(power));
    switch (scheduler) {
      case INVERSE_SQRT -> recipe.put("lr_timescale", String.valueOf(decay.timescale()));
      case PIECEWISE_CONSTANT -> recipe.put("lr_step_rules", decay.rules().text());
      case COSINE_WITH_MIN_LR, REX -> putLeast(recipe);
      case WARMUP_STABLE_DECAY -> {
        recipe.put("lr_decay_steps", String.valueOf(decay.steps()));
        putLeast(recipe);
      }
      default -> {}
    }
    switch (scheduler) {
      // A run with such a rate may be made longer. Other rates depend on the number of steps.
      case CONSTANT, CONSTANT_WITH_WARMUP, PIECEWISE_CONSTANT, INVERSE_SQRT -> {}
      default -> recipe.put("max_train_steps", String.valueOf(maxTrainSteps));
    }
    return recipe;
  }

  private void putLeast(Map<String, String> recipe) {
    recipe.put("lr_min_ratio", String.valueOf(decay.minRatio()));
  }

  /** The same schedule over another number of steps. */
  public LearningRateConfig over(long steps) {
    return new LearningRateConfig(scheduler, warmupSteps, steps, numCycles, power, decay);
  }
}
