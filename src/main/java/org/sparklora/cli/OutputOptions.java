package org.sparklora.cli;

import picocli.CommandLine.Option;

/** Where results go. */
final class OutputOptions {
  @Option(
      names = "--output_dir",
      paramLabel = "FOLDER",
      description =
          "Adapter, model card, checkpoints: a path or a URI (default: ${DEFAULT-VALUE}).")
  private String outputDir;

  OutputOptions(TrainingDefaults defaults) {
    this.outputDir = defaults.outputDir();
  }

  /** Where it leads, checked or not. */
  String location() {
    return Location.resolve(outputDir);
  }

  String outputDir(Problems problems) {
    problems.missing(outputDir.isEmpty(), "--output_dir", "the folder to write to");
    return location();
  }
}
