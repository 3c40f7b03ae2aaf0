package org.sparklora.cli;

import java.util.Optional;
import org.sparklora.model.ModelConfig;
import picocli.CommandLine.Option;

/** The base model. */
final class ModelOptions {
  @Option(
      names = "--pretrained_model_name_or_path",
      paramLabel = "FOLDER",
      description = "Base model in diffusers' layout: a path, or a file:, hdfs: or s3a: URI.")
  private String pretrainedModelNameOrPath = "";

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = "Variant of the weight files, such as fp16.")
  private String variant = "";

  @Option(names = "--revision", hidden = true)
  private String revision = "";

  @Option(names = "--cache_dir", hidden = true)
  private String cacheDir = "";

  ModelConfig config(Problems problems) {
    problems.missing(
        pretrainedModelNameOrPath.isEmpty(),
        "--pretrained_model_name_or_path",
        "the folder of the base model");
    return model(problems);
  }

  /** The base model where one is named. */
  Optional<ModelConfig> optional(Problems problems) {
    ModelConfig model = model(problems);
    return pretrainedModelNameOrPath.isEmpty() ? Optional.empty() : Optional.of(model);
  }

  String variant() {
    return variant;
  }

  private ModelConfig model(Problems problems) {
    problems.unsupported(
        !revision.isEmpty(), "--revision", "models come from folders; give the folder of it");
    problems.unsupported(
        !cacheDir.isEmpty(), "--cache_dir", "nothing is downloaded; give the folders themselves");
    return new ModelConfig(
        pretrainedModelNameOrPath, Location.resolve(pretrainedModelNameOrPath), variant);
  }
}
