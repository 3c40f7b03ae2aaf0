package org.sparklora.cli;

import picocli.CommandLine.Option;

/** Where results go. */
final class OutputOptions {
  @Option(
      names = "--output_dir",
      paramLabel = "FOLDER",
      description =
          "Adapter, model card, checkpoints: a path or a URI (default: ${DEFAULT-VALUE}).")
  private String outputDir = "sd-model-finetuned-lora";

  @Option(
      names = "--report_to",
      paramLabel = "none",
      description = "Only none, the default: there are no trackers.")
  private String reportTo = "none";

  @Option(names = "--logging_dir", hidden = true)
  private String loggingDir = "";

  String outputDir(Problems problems) {
    problems.missing(outputDir.isEmpty(), "--output_dir", "the folder to write to");
    problems.unsupported(
        !reportTo.equals("none"),
        "--report_to",
        reportTo + " is not built yet; leave it out and read the progress lines");
    problems.unsupported(
        !loggingDir.isEmpty(), "--logging_dir", "there are no tracker files; leave it out");
    return Location.resolve(outputDir);
  }
}
