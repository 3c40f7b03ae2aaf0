package org.sparklora.train.step;

import java.io.Serializable;

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
   */
  public record Decay(long steps, long timescale, double minRatio) implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Nothing is left at the end. */
    public static final Decay USUAL = new Decay(0, 0, 0);
  }

  /** A schedule that falls as usual. */
  public LearningRateConfig(
      LrScheduler scheduler, long warmupSteps, long maxTrainSteps, int numCycles, double power) {
    this(scheduler, warmupSteps, maxTrainSteps, numCycles, power, Decay.USUAL);
  }

  /** The same schedule over another number of steps. */
  LearningRateConfig over(long steps) {
    return new LearningRateConfig(scheduler, warmupSteps, steps, numCycles, power, decay);
  }
}
