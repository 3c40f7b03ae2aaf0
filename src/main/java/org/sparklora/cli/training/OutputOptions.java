package org.sparklora.cli.training;

import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.Location;
import picocli.CommandLine.Option;

/** Where results go. */
public final class OutputOptions {
  @Option(
      names = "--output_dir",
      paramLabel = "FOLDER",
      description =
          "Adapter, model card, checkpoints: a path or a URI (default: ${DEFAULT-VALUE}).")
  private String outputDir;

  public OutputOptions(TrainingDefaults defaults) {
    this.outputDir = defaults.outputDir();
  }

  /** Where it leads, checked or not. */
  public String location() {
    return Location.resolve(outputDir);
  }

  public String outputDir(Problems problems) {
    problems.missing(outputDir.isEmpty(), "--output_dir", "the folder to write to");
    return location();
  }
}
