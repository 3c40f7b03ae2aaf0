package org.sparklora.cli.option;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.Stores;
import org.sparklora.hub.Hub;
import org.sparklora.model.folder.ModelFolder;
import picocli.CommandLine.Option;

/** The base model that {@code convert} computes changes of. */
public final class BaseOptions {
  @Option(
      names = {"--base", "--pretrained_model_name_or_path"},
      paramLabel = "FOLDER|ID",
      description =
          "The base model, for adapters whose changes depend on its weights: GLoRA, OFT and IA3.")
  private String base = "";

  @Option(
      names = "--variant",
      paramLabel = "NAME",
      description = "Variant of the base model's weight files, such as fp16.")
  private String variant = "";

  @Option(
      names = "--revision",
      paramLabel = "NAME",
      description = "Branch, tag or commit of a --base from the hub (default: main).")
  private String revision = "";

  /** Where the model is; empty if none was given. */
  public Optional<String> location(Problems problems) {
    problems.require(
        variant.isEmpty() || !base.isEmpty(), "--variant", variant, "it is of --base, not given");
    problems.require(
        revision.isEmpty() || !base.isEmpty(),
        "--revision",
        revision,
        "it is of --base, not given");
    return base.isEmpty()
        ? Optional.empty()
        : Optional.of(HubNames.model(problems, "--base", base, revision));
  }

  public boolean isGiven() {
    return !base.isEmpty();
  }

  /** The flag, if it was given. */
  public List<String> given() {
    return isGiven() ? List.of("--base") : List.of();
  }

  /** The variant of weight files; empty for those without one. */
  public Optional<String> variant() {
    return Optional.of(variant).filter(name -> !name.isEmpty());
  }

  /** Opens the model at a location. */
  public ModelFolder open(String location, Stores stores) throws IOException {
    return ModelFolder.open(Hub.pin(location, stores.hadoop()), stores.hadoop(), variant());
  }
}
