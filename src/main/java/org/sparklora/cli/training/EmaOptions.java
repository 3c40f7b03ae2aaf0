package org.sparklora.cli.training;

import java.util.Optional;
import java.util.Set;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.cli.option.FlagLog;
import org.sparklora.train.optimizer.EmaConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The running average of the adapter. */
public final class EmaOptions {
  @Option(
      names = "--use_ema",
      arity = "0..1",
      fallbackValue = "true",
      paramLabel = "true|false",
      description =
          "Write the exponential moving average of the adapter instead of its last values."
              + " Checkpoints keep both.")
  private boolean useEma;

  private static final Set<String> OF_WARMUP = Set.of("--ema_inv_gamma", "--ema_power");

  private final RecordFlags<EmaConfig> flags = new RecordFlags<>(EmaConfig.USUAL);
  @Mixin final CommandSpec options = flags.options();

  public Optional<EmaConfig> config(Problems problems) {
    EmaConfig ema = flags.value(problems);
    problems.require(
        ema.minDecay() <= ema.decay(),
        "--ema_min_decay",
        ema.minDecay(),
        "it must be from 0 to --ema_decay, " + ema.decay());
    if (!useEma) {
      FlagLog.noEffect(flags.changed(), "without --use_ema");
    } else if (!ema.warmup()) {
      FlagLog.noEffect(
          flags.changed().stream().filter(OF_WARMUP::contains).toList(),
          "without --use_ema_warmup");
    }
    return useEma ? Optional.of(ema) : Optional.empty();
  }
}
