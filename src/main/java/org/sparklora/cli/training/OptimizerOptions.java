package org.sparklora.cli.training;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.run.TrainingConfig;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.step.LrScheduler;
import org.sparklora.train.step.OptimizerConfig;
import picocli.CommandLine.Option;

/** Clipping and the learning rate. */
public final class OptimizerOptions {
  /** Below this rate a warning is given, as in diffusers' scripts. */
  private static final double LOW_FOR_PRODIGY = 0.1;

  @Option(
      names = "--learning_rate",
      paramLabel = "LR",
      description =
          "Learning rate before the schedule (default: 1e-4; for dreambooth 5e-4; with prodigy 1).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private Double learningRate;

  @Option(
      names = "--scale_lr",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Multiply the learning rate by the number of pictures in a step.")
  private boolean scaleLr;

  @Option(
      names = "--lr_pattern",
      split = ",",
      paramLabel = "PATTERN=FACTOR",
      description =
          "Factors on the learning rate of layers, such as up_blocks.*=0.5. Patterns work as in"
              + " --rank_pattern.")
  private List<String> lrPattern = new ArrayList<>();

  @Option(
      names = "--loraplus_lr_ratio",
      paramLabel = "X",
      description =
          "Factor on the learning rate of every B (LoRA+); 4 to 16 are usual (default:"
              + " ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private double loraPlus = 1;

  @Option(
      names = "--lr_scheduler",
      paramLabel = "NAME",
      description =
          "constant, constant_with_warmup, linear, cosine, cosine_with_restarts, polynomial,"
              + " inverse_sqrt, cosine_with_min_lr, warmup_stable_decay or rex (default:"
              + " ${DEFAULT-VALUE}), in optimizer steps.")
  private String lrScheduler = "constant";

  @Option(
      names = "--lr_warmup_steps",
      paramLabel = "N",
      description =
          "Optimizer steps of warm-up, for schedules that have one; below 1 the part of the"
              + " run's steps (default: 500).")
  @RealNumber(min = 0, max = 1_000_000_000)
  private double lrWarmupSteps = 500;

  @Option(
      names = "--lr_num_cycles",
      paramLabel = "N",
      description =
          "Number of hard restarts of cosine_with_restarts; half waves of cosine_with_min_lr and"
              + " warmup_stable_decay (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 1_000_000)
  private int lrNumCycles = 1;

  @Option(
      names = "--lr_power",
      paramLabel = "X",
      description = "Exponent of polynomial (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 100, aboveMin = true)
  private double lrPower = 1;

  @Option(
      names = "--lr_decay_steps",
      paramLabel = "N",
      description =
          "Last steps of warmup_stable_decay, in which the rate falls; below 1 the part of the"
              + " run's steps (default: 0.1).")
  @RealNumber(min = 0, max = 1_000_000_000)
  private Double lrDecaySteps;

  @Option(
      names = {"--lr_timescale", "--lr_scheduler_timescale"},
      paramLabel = "N",
      description =
          "Steps over which inverse_sqrt falls to its first 0.7 (default: the steps of warm-up, or"
              + " 10000 without one).")
  @WholeNumber(min = 1, max = 1_000_000_000)
  private Long lrTimescale;

  @Option(
      names = {"--lr_min_ratio", "--lr_scheduler_min_lr_ratio"},
      paramLabel = "X",
      description =
          "The part of the rate that is left at the end of cosine_with_min_lr, warmup_stable_decay"
              + " and rex (default: 0).")
  @RealNumber(min = 0, max = 1)
  private Double lrMinRatio;

  @Option(
      names = "--scale_weight_norms",
      paramLabel = "X",
      description =
          "After each update, scale the update of a layer down to this norm; 1 is usual (default:"
              + " no limit).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true)
  private Double scaleWeightNorms;

  @Option(
      names = "--max_grad_norm",
      paramLabel = "X",
      description = "Largest global L2 norm of the gradient (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1e6, aboveMin = true, orInfinity = true)
  private double maxGradNorm = 1;

  private final double defaultLearningRate;

  public OptimizerOptions(TrainingDefaults defaults) {
    this.defaultLearningRate = defaults.learningRate();
  }

  /**
   * The optimizer.
   *
   * @param ema {@code --use_ema}
   */
  public OptimizerConfig optimizer(
      Problems problems, BatchConfig batch, UpdateRuleOptions rules, Optional<EmaConfig> ema) {
    UpdateRuleConfig rule = rules.config(problems);
    double given = learningRate == null ? defaultRate(rule) : learningRate;
    if (rule instanceof UpdateRuleConfig.Adafactor a && a.relativeStep()) {
      requireNoRate(problems);
    }
    problems.require(
        ema.isEmpty() || !(rule instanceof UpdateRuleConfig.ScheduleFree),
        "--use_ema",
        true,
        "adamw_schedulefree keeps an average of its own; leave one of them out");
    if (rule instanceof UpdateRuleConfig.Prodigy && given <= LOW_FOR_PRODIGY) {
      FlagLog.warn(
          "--learning_rate "
              + given
              + " is low for --optimizer prodigy, which multiplies it by its own estimate: 1.0 is"
              + " usual");
    }
    double rate = scaleLr ? given * batch.microBatches() * batch.trainBatchSize() : given;
    return new OptimizerConfig(rate, maxGradNorm, rule, ema, Optional.ofNullable(scaleWeightNorms));
  }

  private double defaultRate(UpdateRuleConfig rule) {
    return rule instanceof UpdateRuleConfig.Prodigy ? 1 : defaultLearningRate;
  }

  private void requireNoRate(Problems problems) {
    problems.require(
        learningRate == null,
        "--learning_rate",
        learningRate,
        "--adafactor_relative_step makes its own; leave one of them out");
    problems.require(
        lrScheduler.equals("constant"),
        "--lr_scheduler",
        lrScheduler,
        "--adafactor_relative_step follows no schedule; leave one of them out");
    problems.require(
        !scaleLr, "--scale_lr", scaleLr, "--adafactor_relative_step makes its own rate");
  }

  /** {@code --lr_pattern}: factors by regular expression. */
  public Map<String, Double> lrPattern(Problems problems) {
    return PatternValues.positive(problems, "--lr_pattern", lrPattern);
  }

  /** {@code --loraplus_lr_ratio}. */
  public double loraPlus() {
    return loraPlus;
  }

  public TrainingConfig.Schedule schedule(Problems problems) {
    LrScheduler scheduler =
        problems.choice("--lr_scheduler", lrScheduler, LrScheduler.values(), LrScheduler.CONSTANT);
    problems.require(
        lrWarmupSteps < 1 || lrWarmupSteps == Math.rint(lrWarmupSteps),
        "--lr_warmup_steps",
        lrWarmupSteps,
        "it must be a whole number of steps, or below 1 for a part of them");
    refuseUnused(problems, scheduler);
    return new TrainingConfig.Schedule(
        scheduler,
        lrWarmupSteps,
        lrNumCycles,
        lrPower,
        lrDecaySteps == null ? 0.1 : lrDecaySteps,
        lrTimescale == null ? 0 : lrTimescale,
        lrMinRatio == null ? 0 : lrMinRatio);
  }

  private void refuseUnused(Problems problems, LrScheduler scheduler) {
    problems.require(
        lrDecaySteps == null || scheduler == LrScheduler.WARMUP_STABLE_DECAY,
        "--lr_decay_steps",
        lrDecaySteps,
        "it goes with --lr_scheduler=warmup_stable_decay");
    problems.require(
        lrDecaySteps == null || lrDecaySteps < 1 || lrDecaySteps == Math.rint(lrDecaySteps),
        "--lr_decay_steps",
        lrDecaySteps,
        "it must be a whole number of steps, or below 1 for a part of them");
    problems.require(
        lrTimescale == null || scheduler == LrScheduler.INVERSE_SQRT,
        "--lr_timescale",
        lrTimescale,
        "it goes with --lr_scheduler=inverse_sqrt");
    boolean hasLeast =
        switch (scheduler) {
          case COSINE_WITH_MIN_LR, WARMUP_STABLE_DECAY, REX -> true;
          default -> false;
        };
    problems.require(
        lrMinRatio == null || hasLeast,
        "--lr_min_ratio",
        lrMinRatio,
        "it goes with --lr_scheduler=cosine_with_min_lr, warmup_stable_decay or rex");
  }
}
