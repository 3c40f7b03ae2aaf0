package org.sparklora.cli.option;

import java.util.Optional;
import org.sparklora.flag.WholeNumber;
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

  public Optional<String> master() {
    return masterOption.master();
  }

  public long workerTimeout() {
    return workerTimeout;
  }
}
