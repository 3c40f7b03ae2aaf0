package org.sparklora.cli.option;

import java.io.IOException;
import java.util.Optional;
import org.sparklora.cli.config.Problems;
import org.sparklora.cli.target.Stores;
import org.sparklora.hub.Hub;
import org.sparklora.model.folder.ModelFolder;
import picocli.CommandLine.Option;

/** Which files of a {@code --base} are read. Each command has a {@code --base} of its own. */
public final class BaseOptions {
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

  /** Refuses these flags without a base model. */
  public void check(Problems problems, String base) {
    problems.require(
        variant.isEmpty() || !base.isEmpty(), "--variant", variant, "it is of --base, not given");
    problems.require(
        revision.isEmpty() || !base.isEmpty(),
        "--revision",
        revision,
        "it is of --base, not given");
  }

  /** Where the model is. */
  public String location(Problems problems, String base) {
    return HubNames.model(problems, "--base", base, revision);
  }

  /** Opens the model at a location. */
  public ModelFolder open(String location, Stores stores) throws IOException {
    return ModelFolder.open(
        Hub.pin(location, stores.hadoop()),
        stores.hadoop(),
        Optional.of(variant).filter(name -> !name.isEmpty()));
  }
}
