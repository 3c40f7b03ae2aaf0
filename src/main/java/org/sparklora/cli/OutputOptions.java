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

  @Option(names = "--push_to_hub", arity = "0..1", fallbackValue = "true", hidden = true)
  private boolean pushToHub;

  @Option(names = "--hub_model_id", hidden = true)
  private String hubModelId = "";

  @Option(names = "--hub_token", hidden = true)
  private String hubToken = "";

  /** Where it leads, checked or not. */
  String location() {
    return Location.resolve(outputDir);
  }

  String outputDir(Problems problems) {
    problems.missing(outputDir.isEmpty(), "--output_dir", "the folder to write to");
    String upload = "uploading is not built yet; leave it out and upload --output_dir yourself";
    problems.unsupported(pushToHub, "--push_to_hub", upload);
    problems.unsupported(!hubModelId.isEmpty(), "--hub_model_id", upload);
    problems.unsupported(!hubToken.isEmpty(), "--hub_token", upload);
    return location();
  }
}
