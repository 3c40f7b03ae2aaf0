package org.sparklora.cli.training;

import org.sparklora.cli.config.Problems;
import org.sparklora.cli.option.Location;
import picocli.CommandLine.Option;

/** The folder of results. */
public final class OutputOptions {
  @Option(
      names = "--output_dir",
      paramLabel = "FOLDER",
      description =
          "Folder for adapter, model card and checkpoints: a path or a URI (default:"
              + " ${DEFAULT-VALUE}).")
  private String outputDir;

  public OutputOptions(TrainingDefaults defaults) {
    this.outputDir = defaults.outputDir();
  }

  /** The folder's location, whether it has been checked or not. */
  public String location() {
    return Location.resolve(outputDir);
  }

  public String outputDir(Problems problems) {
    problems.missing(outputDir.isEmpty(), "--output_dir", "the folder to write to");
    return location();
  }
}
