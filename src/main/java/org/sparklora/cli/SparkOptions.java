package org.sparklora.cli;

import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The cluster. */
final class SparkOptions {
  @Mixin private MasterOption masterOption = new MasterOption();

  @Option(
      names = "--worker_timeout",
      paramLabel = "SECONDS",
      description = "Give up after so long without a step (default: ${DEFAULT-VALUE}).")
  private long workerTimeout = 600;

  Optional<String> master() {
    return masterOption.master();
  }

  long workerTimeout(Problems problems) {
    problems.require(
        workerTimeout >= 1, "--worker_timeout", workerTimeout, "it must be at least 1 second");
    return workerTimeout;
  }
}
