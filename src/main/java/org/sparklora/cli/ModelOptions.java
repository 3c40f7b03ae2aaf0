package org.sparklora.cli;

import java.util.Optional;
import org.sparklora.model.ModelConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The base model. */
final class ModelOptions {
  @Option(
      names = "--pretrained_model_name_or_path",
      paramLabel = "FOLDER|ID",
      description =
          "Base model in diffusers' layout: a path, a file:, hdfs: or s3a: URI, or a model of the"
              + " Hugging Face Hub, namespace/name.")
  private String pretrainedModelNameOrPath = "";

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = "Variant of the weight files, such as fp16.")
  private String variant = "";

  @Option(
      names = "--revision",
      paramLabel = "NAME",
      description = "Branch, tag or commit of a model of the hub (default: main).")
  private String revision = "";

  @Mixin private HubCacheOptions hubCache = new HubCacheOptions();

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
    return new ModelConfig(
        HubNames.name(pretrainedModelNameOrPath),
        HubNames.model(
            problems, "--pretrained_model_name_or_path", pretrainedModelNameOrPath, revision),
        variant);
  }

  Optional<String> cacheDir(Problems problems) {
    return hubCache.folder(problems);
  }
}
