package org.sparklora.cli.option;

import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.model.folder.ModelConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The base model. */
public final class ModelOptions {
  @Option(
      names = "--pretrained_model_name_or_path",
      paramLabel = "FOLDER|ID",
      description =
          "Base model in diffusers' layout, or one .safetensors or .ckpt file: a path, a file:,"
              + " hdfs: or s3a: URI, or a model of the Hugging Face Hub, namespace/name.")
  private String pretrainedModelNameOrPath = "";

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = "Variant of the weight files, such as fp16.")
  private String variant = "";

  @Option(
      names = "--revision",
      paramLabel = "NAME",
      description = "Branch, tag or commit of a model from the hub (default: main).")
  private String revision = "";

  @Option(
      names = "--pretrained_vae_model_name_or_path",
      paramLabel = "FOLDER|ID",
      description =
          "An autoencoder in place of the base model's: a folder with its config.json, or a model"
              + " that has one; a path, a URI or an id of the hub.")
  private String vae = "";

  @Mixin private HubCacheOptions hubCache = new HubCacheOptions();

  public ModelConfig config(Problems problems) {
    problems.missing(
        pretrainedModelNameOrPath.isEmpty(),
        "--pretrained_model_name_or_path",
        "the folder of the base model");
    return model(problems);
  }

  /** The base model, if one is named. */
  public Optional<ModelConfig> optional(Problems problems) {
    ModelConfig model = model(problems);
    return pretrainedModelNameOrPath.isEmpty() ? Optional.empty() : Optional.of(model);
  }

  public String variant() {
    return variant;
  }

  private ModelConfig model(Problems problems) {
    return new ModelConfig(
        HubNames.name(pretrainedModelNameOrPath),
        HubNames.model(
            problems, "--pretrained_model_name_or_path", pretrainedModelNameOrPath, revision),
        variant,
        vae.isEmpty()
            ? ""
            : HubNames.model(problems, "--pretrained_vae_model_name_or_path", vae, ""),
        1);
  }

  public Optional<String> cacheDir(Problems problems) {
    return hubCache.folder(problems);
  }
}
