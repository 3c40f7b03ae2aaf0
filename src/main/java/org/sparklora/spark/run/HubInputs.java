package org.sparklora.spark.run;

import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.DataConfig;
import org.sparklora.hub.Hub;
import org.sparklora.hub.HubUri;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.Findings;

/**
 * What a run reads of the hub, pinned to the commits that its branches are now, so that every
 * executor reads the same. The driver downloads the model before the first executor works: what
 * cannot be had is found out at once, and executors that share its cache find it there.
 */
public record HubInputs(ModelConfig model, DataConfig data) {
  private static final List<String> COMPONENTS =
      List.of("", "scheduler", "tokenizer", "text_encoder", "unet", "vae");

  /**
   * Asks the hub, if anything is on it.
   *
   * @throws org.sparklora.util.InvalidInputException with every problem found
   */
  public static HubInputs pin(ModelConfig model, DataConfig data, Configuration hadoop) {
    Findings findings = new Findings();
    Optional<ModelConfig> pinnedModel =
        findings.collect(() -> model.at(Hub.pin(model.location(), hadoop)));
    Optional<String> pinnedData = findings.collect(() -> Hub.pin(data.datasetName(), hadoop));
    findings.throwAll();
    download(pinnedModel.orElseThrow(), hadoop);
    return new HubInputs(pinnedModel.orElseThrow(), data.at(pinnedData.orElseThrow()));
  }

  private static void download(ModelConfig model, Configuration hadoop) {
    if (!HubUri.isHub(model.location())) {
      return;
    }
    ModelFolder folder = ModelFolder.open(model.location(), hadoop, model.variant());
    for (String component : COMPONENTS) {
      for (String file : folder.usedFiles(component)) {
        folder.file(component.isEmpty() ? file : component + "/" + file);
      }
    }
  }
}
