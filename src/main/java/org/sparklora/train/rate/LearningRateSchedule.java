package org.sparklora.train.rate;

import java.io.Serializable;
import org.sparklora.util.InvalidInputException;

/**
 * The learning rate of each update, as {@code diffusers.optimization.get_scheduler} with its
 * defaults, as {@code transformers.get_scheduler} for the schedules that diffusers does not have,
 * and REX (Chen et al. 2022, arXiv 2107.04197).
 */
public final class LearningRateSchedule implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The final rate of polynomial: diffusers' {@code lr_end}. */
  private static final double POLYNOMIAL_END = 1e-7;

  /** The time scale of inverse_sqrt without a warm-up in transformers. */
  private static final long TIMESCALE = 10_000;

  /** Half a cosine wave from warm-up to the end: diffusers' {@code num_cycles} for cosine. */
  private static final double COSINE_CYCLES = 0.5;

  private final LearningRateConfig config;
  private final double base;

  /**
   * @param base learning rate that the schedule scales
   * @throws InvalidInputException if polynomial's base is not above its end, 1e-7
   */
  public LearningRateSchedule(LearningRateConfig config, double base) {
    if (config.scheduler() == LrScheduler.POLYNOMIAL && !(base > POLYNOMIAL_END)) {
      throw InvalidInputException.configuration(
          "Invalid --learning_rate: "
              + base
              + " with --lr_scheduler polynomial, which decays to "
              + POLYNOMIAL_END
              + "; use a larger learning rate or another schedule.");
    }
    this.config = config;
    this.base = base;
  }

  /** The learning rate of update {@code update}, counted from 0. */
  public double rate(long update) {
    return base * factor(update);
  }

  private double factor(long update) {
    LrScheduler scheduler = config.scheduler();
    boolean warmsUp =
        scheduler != LrScheduler.CONSTANT && scheduler != LrScheduler.PIECEWISE_CONSTANT;
    if (warmsUp && update < config.warmupSteps()) {
      double warmth = (double) update / Math.max(1, config.warmupSteps());
      return scheduler == LrScheduler.WARMUP_STABLE_DECAY ? aboveLeast(warmth) : warmth;
    }
    return switch (scheduler) {
      case CONSTANT, CONSTANT_WITH_WARMUP -> 1;
      case LINEAR -> Math.max(0, (config.maxTrainSteps() - update) / decaySteps());
      case COSINE -> cosine(2 * COSINE_CYCLES * progress(update));
      case COSINE_WITH_RESTARTS ->
          progress(update) >= 1 ? 0 : cosine(config.numCycles() * progress(update) % 1);
      case POLYNOMIAL -> polynomial(update);
      case PIECEWISE_CONSTANT -> config.decay().rules().at(update);
      case INVERSE_SQRT -> inverseRoot(update);
      case COSINE_WITH_MIN_LR -> aboveLeast(waves(progress(update)));
      case WARMUP_STABLE_DECAY -> stableThenDecay(update);
      case REX -> rex(progress(update));
    };
  }

  private double inverseRoot(long update) {
    long warmup = config.warmupSteps();
    long given = config.decay().timescale();
    double timescale = given > 0 ? given : warmup > 0 ? warmup : TIMESCALE;
    return 1 / Math.sqrt((update + timescale - warmup) / timescale);
  }

  private double stableThenDecay(long update) {
    long steps = config.decay().steps();
    long decaying = update - (config.maxTrainSteps() - steps);
    if (decaying < 0) {
      return 1;
    }
    return decaying < steps
        ? aboveLeast(waves(decaying / (double) steps))
        : config.decay().minRatio();
  }

  private double rex(double progress) {
    double left = 1 - Math.min(1, progress);
    return aboveLeast(left / (0.5 + 0.5 * left));
  }

  /** Half waves of a cosine, {@code --lr_num_cycles} of them; not below 0. */
  private double waves(double progress) {
    return Math.max(0, 0.5 * (1 + StrictMath.cos(Math.PI * config.numCycles() * progress)));
  }

  /** Scales a factor so that it falls from 1 to the least ratio, instead of to 0. */
  private double aboveLeast(double factor) {
    double least = config.decay().minRatio();
    return factor * (1 - least) + least;
  }

  private double polynomial(long update) {
    if (update > config.maxTrainSteps()) {
      return POLYNOMIAL_END / base;
    }
    double remaining = StrictMath.pow(1 - progress(update), config.power());
    return ((base - POLYNOMIAL_END) * remaining + POLYNOMIAL_END) / base;
  }

  /** Returns half a cosine wave that falls from 1 at phase 0 to 0 at phase 1. */
  private static double cosine(double phase) {
    return Math.max(0, 0.5 * (1 + StrictMath.cos(Math.PI * phase)));
  }

  /** The progress: 0 at the end of warm-up, 1 at the end of training. */
  private double progress(long update) {
    return (update - config.warmupSteps()) / decaySteps();
  }

  private double decaySteps() {
    return Math.max(1, config.maxTrainSteps() - config.warmupSteps());
  }
}
