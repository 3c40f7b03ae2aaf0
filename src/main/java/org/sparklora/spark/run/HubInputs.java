package org.sparklora.spark.run;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.DataConfig;
import org.sparklora.hub.Hub;
import org.sparklora.hub.HubUri;
import org.sparklora.model.ModelFamily;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.util.Findings;
import org.sparklora.util.InvalidInputException;

/**
 * The inputs of a run, with locations on the hub pinned to their current commits, so that every
 * executor reads the same files. The driver downloads the model before the first executor works. So
 * a missing file is found at once, and executors that share the driver's cache find the files
 * there.
 *
 * @param family empty where the model cannot be opened, which the check of all inputs reports
 */
public record HubInputs(ModelConfig model, DataConfig data, Optional<ModelFamily> family) {
  /**
   * Asks the hub, if anything is on it.
   *
   * @throws org.sparklora.util.InvalidInputException with every problem found
   */
  public static HubInputs pin(ModelConfig model, DataConfig data, Configuration hadoop) {
    Findings findings = new Findings();
    Optional<ModelConfig> pinnedModel = findings.collect(() -> model(model, hadoop));
    Map<String, String> pinnedData = new HashMap<>();
    for (DataConfig set : data.sets()) {
      findings
          .collect(() -> Hub.pin(set.datasetName(), hadoop))
          .ifPresent(place -> pinnedData.put(set.datasetName(), place));
    }
    findings.throwAll();
    ModelConfig there = pinnedModel.orElseThrow();
    download(there, hadoop);
    Optional<ModelFamily> family = family(there, hadoop);
    return new HubInputs(there, sized(family, data.at(pinnedData::get)), family);
  }

  /** A model alone, pinned. */
  public static ModelConfig model(ModelConfig model, Configuration hadoop) {
    return model
        .at(Hub.pin(model.location(), hadoop))
        .withVaeAt(pinned(model.vaeLocation(), hadoop));
  }

  private static String pinned(String location, Configuration hadoop) {
    return location.isEmpty() ? location : Hub.pin(location, hadoop);
  }

  /**
   * Returns the data settings with the default resolution of the model's family, if none was
   * chosen.
   */
  public static DataConfig sized(Optional<ModelFamily> family, DataConfig data) {
    if (family.isEmpty()) {
      return data;
    }
    DataConfig sized = data.withDefaultResolution(family.get().resolution());
    sized.requireTraining();
    return sized;
  }

  /** The model's family; empty where it cannot be opened. */
  public static Optional<ModelFamily> family(ModelConfig model, Configuration hadoop) {
    try {
      return Optional.of(ModelFamily.of(model.open(hadoop)));
    } catch (InvalidInputException e) {
      // The check of all inputs reports this, together with all other problems.
      return Optional.empty();
    }
  }

  private static void download(ModelConfig model, Configuration hadoop) {
    if (!HubUri.isHub(model.location())) {
      return;
    }
    ModelFolder folder = model.open(hadoop);
    for (String component : ModelFamily.of(folder).folders()) {
      for (String file : folder.usedFiles(component)) {
        folder.file(component.isEmpty() ? file : component + "/" + file);
      }
    }
  }
}
