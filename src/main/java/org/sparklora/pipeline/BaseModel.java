package org.sparklora.pipeline;

import java.nio.file.InvalidPathException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.lora.format.AdapterFile;
import org.sparklora.model.folder.FolderSource;
import org.sparklora.model.folder.Locations;
import org.sparklora.model.folder.ModelConfig;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.pipeline.request.WeightedAdapter;
import org.sparklora.util.InvalidInputException;

/**
 * Finds the base model for which adapters were made, from their metadata or else from the card
 * beside them.
 */
final class BaseModel {
  private static final String FLAG = "--pretrained_model_name_or_path";

  private BaseModel() {}

  /**
   * Finds the base model if no flag names it.
   *
   * @throws InvalidInputException (CONFIGURATION) when the adapters name none, several, or one that
   *     cannot be opened
   */
  static ModelConfig of(
      Map<WeightedAdapter, AdapterFile> adapters, String variant, Configuration hadoop) {
    Map<String, String> named = new LinkedHashMap<>();
    adapters.forEach(
        (used, file) ->
            AdapterCard.baseModel(file, used.location(), folder -> FolderSource.of(folder, hadoop))
                .ifPresent(base -> named.put(used.name(), base)));
    List<String> names = List.copyOf(new TreeSet<>(named.values()));
    if (names.isEmpty()) {
      throw InvalidInputException.configuration(
          "Missing "
              + FLAG
              + ": the folder of the base model"
              + (adapters.isEmpty() ? "" : "; no adapter's metadata or model card names it"));
    }
    if (names.size() > 1) {
      throw InvalidInputException.configuration(
          "Missing " + FLAG + ": the adapters name different base models " + named);
    }
    return open(names.get(0), named.keySet().iterator().next(), variant, hadoop);
  }

  private static ModelConfig open(
      String name, String adapter, String variant, Configuration hadoop) {
    try {
      String location = Locations.pin(Locations.input(name), hadoop);
      ModelFolder.open(location, hadoop, Optional.empty());
      return new ModelConfig(name, location, variant);
    } catch (InvalidInputException | InvalidPathException e) {
      throw InvalidInputException.configuration(
          "Missing "
              + FLAG
              + ": adapter "
              + adapter
              + " names the base model "
              + name
              + ", which cannot be opened from here: "
              + e.getMessage()
              + "; give its folder or its id on the hub");
    }
  }
}
