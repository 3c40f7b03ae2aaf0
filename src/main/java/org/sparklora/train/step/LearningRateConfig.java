package org.sparklora.train.step;

import java.io.Serializable;

/**
 * The learning-rate schedule, counted in optimizer steps.
 *
 * @param scheduler {@code --lr_scheduler}
 * @param warmupSteps {@code --lr_warmup_steps}
 * @param maxTrainSteps {@code --max_train_steps}, where the schedule ends
 * @param numCycles {@code --lr_num_cycles}, hard restarts of cosine_with_restarts
 * @param power {@code --lr_power}, the exponent of polynomial
 */
public record LearningRateConfig(
    LrScheduler scheduler, long warmupSteps, long maxTrainSteps, int numCycles, double power)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The same schedule over another number of steps. */
  LearningRateConfig over(long steps) {
    return new LearningRateConfig(scheduler, warmupSteps, steps, numCycles, power);
  }
}
