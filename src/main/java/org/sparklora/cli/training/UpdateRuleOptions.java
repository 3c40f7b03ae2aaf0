package org.sparklora.cli.training;

import java.util.List;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.RealNumber;
import org.sparklora.flag.WholeNumber;
import org.sparklora.train.optimizer.UpdateRuleConfig;
import picocli.CommandLine.Option;

/** The update rule and its numbers. */
public final class UpdateRuleOptions {
  private static final List<String> RULES =
      List.of(
          "adamw",
          "adamw8bit",
          "adamw_schedulefree",
          "lion",
          "prodigy",
          "adafactor",
          "came",
          "muon");

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "The update rule: adamw, adamw8bit, adamw_schedulefree, lion, prodigy, adafactor, came"
              + " or muon (default: adamw).")
  private String optimizer = "";

  @Option(
      names = "--use_8bit_adam",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "The same as --optimizer=adamw8bit.")
  private boolean use8bitAdam;

  @Option(
      names = "--adam_beta1",
      paramLabel = "X",
      description = "Decay of the first moment; adafactor has none (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  private double adamBeta1 = 0.9;

  @Option(
      names = "--adam_beta2",
      paramLabel = "X",
      description =
          "Decay of the second moment, or of lion's momentum; adafactor has its own (default:"
              + " 0.999; lion 0.99).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  private Double adamBeta2;

  @Option(
      names = "--adam_weight_decay",
      paramLabel = "X",
      description =
          "Decoupled weight decay (default: 0.01 for adamw and adamw8bit, 0.1 for muon, else 0).")
  @RealNumber(min = 0, max = 1000)
  private Double adamWeightDecay;

  @Option(
      names = "--adam_epsilon",
      paramLabel = "X",
      description =
          "Epsilon of the adamw rules, of muon's vectors and of prodigy (default:"
              + " ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  private double adamEpsilon = 1e-8;

  @Option(
      names = "--schedulefree_warmup_steps",
      paramLabel = "N",
      description = "Updates in which the rate of adamw_schedulefree rises (default: 0).")
  @WholeNumber(min = 0, max = 1_000_000_000)
  private Long schedulefreeWarmupSteps;

  @Option(
      names = "--muon_momentum",
      paramLabel = "X",
      description = "Decay of muon's momentum (default: 0.95).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  private Double muonMomentum;

  @Option(
      names = "--came_beta3",
      paramLabel = "X",
      description = "Decay of how far updates stray from their mean, in came (default: 0.9999).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  private Double cameBeta3;

  @Option(
      names = "--prodigy_beta3",
      paramLabel = "X",
      description = "Decay of prodigy's estimate (default: the root of --adam_beta2).")
  @RealNumber(min = 0, max = 1, belowMax = true)
  private Double prodigyBeta3;

  @Option(
      names = "--prodigy_decouple",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Decouple prodigy's weight decay, as in AdamW (default: ${DEFAULT-VALUE}).")
  private boolean prodigyDecouple = true;

  @Option(
      names = "--prodigy_use_bias_correction",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Use Adam's bias correction in prodigy (default: ${DEFAULT-VALUE}).")
  private boolean prodigyUseBiasCorrection = true;

  @Option(
      names = "--prodigy_safeguard_warmup",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Keep a warm-up of the learning rate out of the denominator of prodigy's estimate"
              + " (default: ${DEFAULT-VALUE}).")
  private boolean prodigySafeguardWarmup = true;

  @Option(
      names = "--prodigy_d0",
      paramLabel = "X",
      description = "Prodigy's first estimate (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1, aboveMin = true)
  private double prodigyD0 = 1e-6;

  @Option(
      names = "--prodigy_d_coef",
      paramLabel = "X",
      description = "Factor on prodigy's estimate (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1000, aboveMin = true)
  private double prodigyDCoef = 1;

  @Option(
      names = "--prodigy_growth_rate",
      paramLabel = "X",
      description = "Largest growth of prodigy's estimate in one update (default: inf).")
  @RealNumber(min = 1, max = 1e6, aboveMin = true, orInfinity = true)
  private Double prodigyGrowthRate;

  @Option(
      names = "--adafactor_scale_parameter",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Multiply adafactor's rate by each tensor's root mean square (default:"
              + " ${DEFAULT-VALUE}).")
  private boolean adafactorScaleParameter;

  @Option(
      names = "--adafactor_relative_step",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Use adafactor's own falling rate instead of --learning_rate (default:"
              + " ${DEFAULT-VALUE}).")
  private boolean adafactorRelativeStep;

  @Option(
      names = "--adafactor_warmup_init",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "Start the relative step at 1e-6 (default: ${DEFAULT-VALUE}).")
  private boolean adafactorWarmupInit;

  UpdateRuleConfig config(Problems problems) {
    problems.require(
        !use8bitAdam || optimizer.isEmpty() || optimizer.equals("adamw8bit"),
        "--use_8bit_adam",
        true,
        "it means --optimizer=adamw8bit, and --optimizer is " + optimizer);
    String wanted = optimizer.isEmpty() ? (use8bitAdam ? "adamw8bit" : "adamw") : optimizer;
    String rule =
        problems.choice("--optimizer", wanted, RULES, RULES.toArray(String[]::new), "adamw");
    double beta2 = adamBeta2 == null ? (rule.equals("lion") ? 0.99 : 0.999) : adamBeta2;
    boolean adam = rule.equals("adamw") || rule.equals("adamw8bit");
    double usualDecay = adam ? 1e-2 : rule.equals("muon") ? 0.1 : 0;
    double decay = adamWeightDecay == null ? usualDecay : adamWeightDecay;
    return switch (rule) {
      case "adamw8bit" -> new UpdateRuleConfig.AdamW8bit(adamBeta1, beta2, decay, adamEpsilon);
      case "adamw_schedulefree" -> scheduleFree(problems, beta2, decay);
      case "muon" ->
          new UpdateRuleConfig.Muon(
              muonMomentum == null ? 0.95 : muonMomentum, adamBeta1, beta2, decay, adamEpsilon);
      case "came" ->
          new UpdateRuleConfig.Came(
              adamBeta1, beta2, cameBeta3 == null ? 0.9999 : cameBeta3, decay);
      case "lion" -> new UpdateRuleConfig.Lion(adamBeta1, beta2, decay);
      case "prodigy" -> prodigy(beta2, decay);
      case "adafactor" -> adafactor(problems, decay);
      default -> new UpdateRuleConfig.AdamW(adamBeta1, beta2, decay, adamEpsilon);
    };
  }

  private UpdateRuleConfig scheduleFree(Problems problems, double beta2, double decay) {
    problems.require(
        adamBeta1 > 0,
        "--adam_beta1",
        adamBeta1,
        "the average of adamw_schedulefree is divided by it; it must be above 0");
    long warmup = schedulefreeWarmupSteps == null ? 0 : schedulefreeWarmupSteps;
    return new UpdateRuleConfig.ScheduleFree(adamBeta1, beta2, decay, adamEpsilon, warmup);
  }

  private UpdateRuleConfig prodigy(double beta2, double decay) {
    double beta3 = prodigyBeta3 == null ? Math.sqrt(beta2) : prodigyBeta3;
    double growthRate = prodigyGrowthRate == null ? Double.POSITIVE_INFINITY : prodigyGrowthRate;
    return new UpdateRuleConfig.Prodigy(
        adamBeta1,
        beta2,
        beta3,
        decay,
        adamEpsilon,
        prodigyDecouple,
        prodigyUseBiasCorrection,
        prodigySafeguardWarmup,
        prodigyD0,
        prodigyDCoef,
        growthRate);
  }

  private UpdateRuleConfig adafactor(Problems problems, double decay) {
    problems.require(
        adafactorRelativeStep || !adafactorWarmupInit,
        "--adafactor_warmup_init",
        true,
        "it is the beginning of --adafactor_relative_step, which is not set");
    return new UpdateRuleConfig.Adafactor(
        decay, adafactorScaleParameter, adafactorRelativeStep, adafactorWarmupInit);
  }
}
