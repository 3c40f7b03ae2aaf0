package org.sparklora.cli.training;

import java.util.Optional;
import org.sparklora.cli.check.RealNumber;
import org.sparklora.cli.check.WholeNumber;
import org.sparklora.cli.config.Problems;
import org.sparklora.train.optimizer.EmaConfig;
import picocli.CommandLine.Option;

/** The running average of the adapter. */
public final class EmaOptions {
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
  @RealNumber(min = 0, max = 1)
  private double emaDecay = 0.9999;

  @Option(
      names = "--ema_min_decay",
      paramLabel = "X",
      description = "Smallest share of the average that a step keeps (default: ${DEFAULT-VALUE}).")
  @RealNumber(min = 0, max = 1)
  private double emaMinDecay;

  @Option(
      names = "--ema_update_after_step",
      paramLabel = "N",
      description = "Steps at first that the average only copies (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 0, max = 1_000_000_000)
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
  @RealNumber(min = 0, max = 1e9, aboveMin = true)
  private double emaInvGamma = 1;

  @Option(
      names = "--ema_power",
      paramLabel = "X",
      description = "Power of the warm-up (default: 2/3).")
  @RealNumber(min = 0, max = 100, aboveMin = true)
  private double emaPower = 2.0 / 3;

  public Optional<EmaConfig> config(Problems problems) {
    problems.require(
        emaMinDecay >= 0 && emaMinDecay <= emaDecay,
        "--ema_min_decay",
        emaMinDecay,
        "it must be from 0 to --ema_decay, " + emaDecay);
    return useEma
        ? Optional.of(
            new EmaConfig(
                emaDecay, emaMinDecay, emaUpdateAfterStep, useEmaWarmup, emaInvGamma, emaPower))
        : Optional.empty();
  }
}
