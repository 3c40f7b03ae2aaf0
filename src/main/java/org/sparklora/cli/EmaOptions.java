package org.sparklora.cli;

import java.util.Optional;
import org.sparklora.train.optimizer.EmaConfig;
import picocli.CommandLine.Option;

/** The running average of the adapter. */
final class EmaOptions {
  @Option(
      names = "--use_ema",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Write the exponential moving average of the adapter instead of its last values, which"
              + " checkpoints keep.")
  private boolean useEma;

  @Option(
      names = {"--ema_decay", "--ema_max_decay"},
      paramLabel = "X",
      description = "Largest share of the average that a step keeps (default: ${DEFAULT-VALUE}).")
  private double emaDecay = 0.9999;

  @Option(
      names = "--ema_min_decay",
      paramLabel = "X",
      description = "Smallest share of the average that a step keeps (default: ${DEFAULT-VALUE}).")
  private double emaMinDecay;

  @Option(
      names = "--ema_update_after_step",
      paramLabel = "N",
      description = "Steps at first that the average only copies (default: ${DEFAULT-VALUE}).")
  private long emaUpdateAfterStep;

  @Option(
      names = "--use_ema_warmup",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description = "The share rises as 1 - (1 + steps / gamma)^-power.")
  private boolean useEmaWarmup;

  @Option(
      names = "--ema_inv_gamma",
      paramLabel = "X",
      description = "Gamma of the warm-up (default: ${DEFAULT-VALUE}).")
  private double emaInvGamma = 1;

  @Option(
      names = "--ema_power",
      paramLabel = "X",
      description = "Power of the warm-up (default: 2/3).")
  private double emaPower = 2.0 / 3;

  Optional<EmaConfig> config(Problems problems) {
    problems.require(
        emaDecay >= 0 && emaDecay <= 1, "--ema_decay", emaDecay, "it must be from 0 to 1");
    problems.require(
        emaMinDecay >= 0 && emaMinDecay <= emaDecay,
        "--ema_min_decay",
        emaMinDecay,
        "it must be from 0 to --ema_decay, " + emaDecay);
    problems.require(
        emaUpdateAfterStep >= 0,
        "--ema_update_after_step",
        emaUpdateAfterStep,
        "it must not be negative");
    problems.require(emaInvGamma > 0, "--ema_inv_gamma", emaInvGamma, "it must be positive");
    problems.require(emaPower > 0, "--ema_power", emaPower, "it must be positive");
    return useEma
        ? Optional.of(
            new EmaConfig(
                emaDecay, emaMinDecay, emaUpdateAfterStep, useEmaWarmup, emaInvGamma, emaPower))
        : Optional.empty();
  }
}
