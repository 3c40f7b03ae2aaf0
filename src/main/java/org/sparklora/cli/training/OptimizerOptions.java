package org.sparklora.cli.training;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.cli.option.TrainingDefaults;
import org.sparklora.train.BatchConfig;
import org.sparklora.train.optimizer.EmaConfig;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import org.sparklora.train.rate.LrSchedule;
import org.sparklora.train.rate.LrScheduler;
import org.sparklora.train.step.OptimizerConfig;
import org.sparklora.train.step.PartRates;
import org.sparklora.util.InvalidInputException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Clipping and the learning rate. */
public final class OptimizerOptions {
  /** Below this rate a warning is given, as in diffusers' scripts. */
  private static final double LOW_FOR_PRODIGY = 0.1;

  private final double defaultLearningRate;
  private final RecordFlags<OptimizerConfig> flags;
  @Mixin final CommandSpec rate;

  @Option(
      names = "--scale_lr",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Multiply the learning rate by the number of pictures in a step.")
  private boolean scaleLr;

  private final RecordFlags<PartRates> rates = new RecordFlags<>(PartRates.ALIKE);

  @Mixin(name = "parts")
  final CommandSpec partRates = rates.options("pattern", "loraPlus");

  private final RecordFlags<LrSchedule> schedule = new RecordFlags<>(LrSchedule.CONSTANT);

  @Mixin(name = "schedule")
  final CommandSpec scheduleOptions = schedule.options();

  @Mixin(name = "norms")
  final CommandSpec norms;

  public OptimizerOptions(TrainingDefaults defaults) {
    this.defaultLearningRate = defaults.learningRate();
    this.flags = new RecordFlags<>(OptimizerConfig.usual(defaultLearningRate));
    this.rate = flags.options("learningRate");
    this.norms = flags.options("weightNorm", "maxGradNorm");
  }

  /**
   * The optimizer.
   *
   * @param ema {@code --use_ema}
   */
  public OptimizerConfig optimizer(
      Problems problems, BatchConfig batch, UpdateRuleOptions rules, Optional<EmaConfig> ema) {
    UpdateRuleConfig rule = rules.config(problems);
    OptimizerConfig config = flags.value(problems);
    double given =
        flags.given("--learning_rate").isPresent() ? config.learningRate() : defaultRate(rule);
    if (rule instanceof UpdateRuleConfig.Adafactor a && a.relativeStep()) {
      requireNoRate(problems);
    }
    problems.require(
        ema.isEmpty() || !rule.averages(),
        "--use_ema",
        true,
        rule.label() + " keeps an average of its own; leave one of them out");
    problems.unsupported(
        rule instanceof UpdateRuleConfig.ProdigyPlus && config.weightNorm().isPresent(),
        "--scale_weight_norms with " + rule.label(),
        "it limits the values that gradients are taken at, and not their average, which is the"
            + " adapter; leave one of them out");
    if (rule.estimatesRate() && given <= LOW_FOR_PRODIGY) {
      FlagLog.warn(
          "--learning_rate "
              + given
              + " is low for --optimizer "
              + rule.label()
              + ", which multiplies it by its own estimate: 1.0 is"
              + " usual");
    }
    double rate = scaleLr ? given * batch.microBatches() * batch.trainBatchSize() : given;
    return new OptimizerConfig(rate, config.maxGradNorm(), rule, ema, config.weightNorm());
  }

  private double defaultRate(UpdateRuleConfig rule) {
    return rule.estimatesRate() ? 1 : defaultLearningRate;
  }

  private void requireNoRate(Problems problems) {
    problems.require(
        flags.given("--learning_rate").isEmpty(),
        "--learning_rate",
        flags.given("--learning_rate").orElse(null),
        "--adafactor_relative_step makes its own; leave one of them out");
    problems.require(
        schedule.given("--lr_scheduler").equals(Optional.of("constant")),
        "--lr_scheduler",
        schedule.given("--lr_scheduler").orElse(null),
        "--adafactor_relative_step follows no schedule; leave one of them out");
    problems.require(
        !scaleLr, "--scale_lr", scaleLr, "--adafactor_relative_step makes its own rate");
  }

  /** Rates of parts of the adapter. */
  public PartRates rates(Problems problems) {
    return rates.value(problems);
  }

  public LrSchedule schedule(Problems problems) {
    LrSchedule chosen = schedule.value(problems);
    StepSize.requireSteps(problems, "--lr_warmup_steps", chosen.warmup());
    LrScheduler scheduler = chosen.scheduler();
    boolean hasLeast =
        switch (scheduler) {
          case COSINE_WITH_MIN_LR, WARMUP_STABLE_DECAY, REX -> true;
          default -> false;
        };
    requireUse(
        problems,
        "--lr_decay_steps",
        scheduler == LrScheduler.WARMUP_STABLE_DECAY,
        "warmup_stable_decay");
    StepSize.requireSteps(problems, "--lr_decay_steps", chosen.decay());
    requireUse(problems, "--lr_timescale", scheduler == LrScheduler.INVERSE_SQRT, "inverse_sqrt");
    boolean hasRules = scheduler == LrScheduler.PIECEWISE_CONSTANT;
    requireUse(problems, "--lr_step_rules", hasRules, "piecewise_constant");
    problems.missing(
        hasRules && chosen.stepRules().isEmpty(),
        "--lr_step_rules",
        "such as 1:10,0.1:20,0.01, for --lr_scheduler=piecewise_constant");
    try {
      chosen.over(1);
    } catch (InvalidInputException e) {
      e.problems().forEach(problems::add);
    }
    requireUse(
        problems, "--lr_min_ratio", hasLeast, "cosine_with_min_lr, warmup_stable_decay or rex");
    return chosen;
  }

  private void requireUse(Problems problems, String flag, boolean isUsed, String schedulers) {
    problems.require(
        isUsed || schedule.given(flag).isEmpty(),
        flag,
        schedule.given(flag).orElse(null),
        "it goes with --lr_scheduler=" + schedulers);
  }
}
