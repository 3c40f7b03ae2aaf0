package org.sparklora.train.rate;

import java.util.Optional;
import org.sparklora.flag.Flag;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;

/**
 * A learning-rate schedule before the number of steps is known.
 *
 * @param warmup a number of steps, or below 1 the part of all steps
 * @param decay likewise
 * @param timescale 0 if it is not given
 * @param stepRules as text; {@link #over} reads it
 */
public record LrSchedule(
    @Flag(
            names = "--lr_scheduler",
            label = "NAME",
            help =
                "constant, constant_with_warmup, linear, cosine, cosine_with_restarts, polynomial,"
                    + " piecewise_constant, inverse_sqrt, cosine_with_min_lr, warmup_stable_decay"
                    + " or rex (default: ${DEFAULT-VALUE}), in optimizer steps.")
        LrScheduler scheduler,
    @Flag(
            names = "--lr_warmup_steps",
            label = "N",
            help =
                "Optimizer steps of warm-up, for schedules that have one; below 1 the part of the"
                    + " run's steps (default: 500).")
        @RealNumber(min = 0, max = 1_000_000_000)
        double warmup,
    @Flag(
            names = "--lr_num_cycles",
            label = "N",
            help =
                "Number of hard restarts of cosine_with_restarts; half waves of cosine_with_min_lr"
                    + " and warmup_stable_decay (default: ${DEFAULT-VALUE}).")
        @WholeNumber(min = 1, max = 1_000_000)
        int numCycles,
    @Flag(
            names = "--lr_power",
            label = "X",
            help = "Exponent of polynomial (default: ${DEFAULT-VALUE}).")
        @RealNumber(min = 0, max = 100, aboveMin = true)
        double power,
    @Flag(
            names = "--lr_decay_steps",
            label = "N",
            help =
                "Last steps of warmup_stable_decay, in which the rate falls; below 1 the part of"
                    + " the run's steps (default: 0.1).",
            unset = true)
        @RealNumber(min = 0, max = 1_000_000_000)
        double decay,
    @Flag(
            names = {"--lr_timescale", "--lr_scheduler_timescale"},
            label = "N",
            help =
                "Steps after warm-up until inverse_sqrt has fallen to 0.7 of the rate (default:"
                    + " the steps of warm-up, or 10000 without one).",
            unset = true)
        @WholeNumber(min = 1, max = 1_000_000_000)
        long timescale,
    @Flag(
            names = {"--lr_min_ratio", "--lr_scheduler_min_lr_ratio"},
            label = "X",
            help =
                "The part of the rate that is left at the end of cosine_with_min_lr,"
                    + " warmup_stable_decay and rex (default: 0).",
            unset = true)
        @RealNumber(min = 0, max = 1)
        double minRatio,
    @Flag(
            names = "--lr_step_rules",
            label = "RULES",
            help =
                "The rate of piecewise_constant, in parts of --learning_rate: 1:10,0.1:20,0.01 is 1"
                    + " before step 10, 0.1 before step 20, then 0.01.")
        Optional<String> stepRules) {
  /** The same rate in all steps; the numbers are those of schedules that use them. */
  public static final LrSchedule CONSTANT =
      new LrSchedule(LrScheduler.CONSTANT, 500, 1, 1, 0.1, 0, 0, Optional.empty());

  /** The schedule of a run of so many steps. */
  public LearningRateConfig over(long maxTrainSteps) {
    return new LearningRateConfig(
        scheduler,
        steps(warmup, maxTrainSteps),
        maxTrainSteps,
        numCycles,
        power,
        new LearningRateConfig.Decay(
            steps(decay, maxTrainSteps),
            timescale,
            minRatio,
            stepRules.map(StepRules::parse).orElse(StepRules.NONE)));
  }

  private static long steps(double given, long all) {
    return (long) (isPart(given) ? given * all : given);
  }

  /** Whether the steps of warm-up depend on the number of all steps. */
  public boolean warmupIsPart() {
    return isPart(warmup);
  }

  private static boolean isPart(double given) {
    return given > 0 && given < 1;
  }
}
