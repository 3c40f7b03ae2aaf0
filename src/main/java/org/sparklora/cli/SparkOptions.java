package org.sparklora.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/** The cluster. */
final class SparkOptions {
  @Option(
      names = "--master",
      description =
          "Spark's master where spark-submit has not named one (default: local-cluster[2,1,2048],"
              + " two executor processes on this machine).")
  private String master = "";

  @Option(
      names = "--worker_timeout",
      paramLabel = "SECONDS",
      description = "Give up after so long without a step (default: ${DEFAULT-VALUE}).")
  private long workerTimeout = 600;

  Optional<String> master() {
    return master.isEmpty() ? Optional.empty() : Optional.of(master);
  }

  long workerTimeout(Problems problems) {
    problems.require(
        workerTimeout >= 1, "--worker_timeout", workerTimeout, "it must be at least 1 second");
    return workerTimeout;
  }
}
