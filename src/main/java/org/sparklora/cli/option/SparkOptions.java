package org.sparklora.cli.option;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.config.RecordFlags;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.reduce.ExchangeConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The cluster. */
public final class SparkOptions {
  @Mixin private MasterOption masterOption = new MasterOption();

  @Option(
      names = "--worker_timeout",
      paramLabel = "SECONDS",
      description =
          "Seconds without a step after which the run gives up (default: ${DEFAULT-VALUE}).")
  @WholeNumber(min = 1, max = 2_147_483)
  private long workerTimeout = 600;

  private final RecordFlags<ExchangeConfig> exchange = new RecordFlags<>(ExchangeConfig.USUAL);
  @Mixin final CommandSpec exchangeOptions = exchange.options();

  public Optional<String> master() {
    return masterOption.master();
  }

  public long workerTimeout() {
    return workerTimeout;
  }

  public ExchangeConfig exchange(Problems problems) {
    return exchange.value(problems);
  }
}
