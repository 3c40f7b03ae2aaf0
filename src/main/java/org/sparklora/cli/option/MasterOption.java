package org.sparklora.cli.option;

import java.util.Optional;
import picocli.CommandLine.Option;

/** Spark's master. */
public final class MasterOption {
  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark's master, if spark-submit has not named one (default: local-cluster[2,1,2048],"
              + " two executor processes on this machine).")
  private String master = "";

  public Optional<String> master() {
    return master.isEmpty() ? Optional.empty() : Optional.of(master);
  }
}
