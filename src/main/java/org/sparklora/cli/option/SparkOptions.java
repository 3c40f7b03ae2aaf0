package org.sparklora.cli.option;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.flag.WholeNumber;
import org.sparklora.spark.reduce.ExchangeMode;
import picocli.CommandLine.Mixin;
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

  @Option(
      names = "--exchange",
      paramLabel = "WAY",
      description =
          "How gradients get to the driver: direct, tree (executors add them on the way), or auto,"
              + " which chooses by their size (default: ${DEFAULT-VALUE}). The result's bits do not"
              + " depend on it.")
  private String exchange = "auto";

  public Optional<String> master() {
    return masterOption.master();
  }

  public long workerTimeout() {
    return workerTimeout;
  }

  public ExchangeMode exchange(Problems problems) {
    return problems.choice("--exchange", exchange, ExchangeMode.values(), ExchangeMode.AUTO);
  }
}
