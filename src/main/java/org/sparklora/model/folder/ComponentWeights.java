package org.sparklora.model.folder;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sparklora.model.file.SafetensorsFile;
import org.sparklora.model.file.ShardedTensorFile;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TorchFile;
import org.sparklora.util.InvalidInputException;

/** Finds and opens the file or files with a component's weights. */
record ComponentWeights(ModelFolder folder, String component, Optional<String> variant) {
  /**
   * Opens the first candidate that is there.
   *
   * @param present the names in the component's folder
   */
  TensorFile open(List<String> present) {
    String name = chosen(present);
    return isIndex(name)
        ? openSharded(component + "/" + name, present)
        : openFile(component + "/" + name);
  }

  /**
   * The files that {@link #open} reads.
   *
   * @return one file, or an index and then its shards
   */
  List<String> files(List<String> present) {
    List<String> files = new ArrayList<>(List.of(chosen(present)));
    if (isIndex(files.get(0))) {
      files.addAll(new TreeSet<>(weightMap(component + "/" + files.get(0)).values()));
    }
    return files;
  }

  /** Whether a name is an index of weights, with or without a variant. */
  private static boolean isIndex(String name) {
    return name.endsWith(".json");
  }

  private String chosen(List<String> present) {
    return new WeightChoice(folder, component, variant).of(present);
  }

  TensorFile openFile(String relative) {
    return relative.endsWith(".safetensors")
        ? SafetensorsFile.open(folder.file(relative), folder.describe(relative))
        : TorchFile.open(folder.file(relative), folder.describe(relative));
  }

  private TensorFile openSharded(String relative, List<String> present) {
    Map<String, String> shardOf = weightMap(relative);
    List<String> problems = new ArrayList<>();
    for (String shard : new TreeSet<>(shardOf.values())) {
      if (!present.contains(shard)) {
        problems.add(
            "Missing shard "
                + shard
                + " that "
                + folder.describe(relative)
                + " names; there is "
                + folder.contents(component));
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    Map<String, TensorFile> shards = new LinkedHashMap<>();
    try {
      for (String shard : new TreeSet<>(shardOf.values())) {
        shards.put(shard, openFile(component + "/" + shard));
      }
      return ShardedTensorFile.join(folder.describe(relative), shardOf, shards);
    } catch (InvalidInputException e) {
      shards.values().forEach(TensorFile::close);
      throw e;
    }
  }

  private Map<String, String> weightMap(String relative) {
    JsonNode map = folder.json(relative).path("weight_map");
    Map<String, String> shardOf = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : map.properties()) {
      if (!field.getValue().isTextual()) {
        throw InvalidInputException.data(
            "Invalid weight_map in "
                + folder.describe(relative)
                + ": "
                + field.getKey()
                + " has no file name");
      }
      shardOf.put(field.getKey(), field.getValue().textValue());
    }
    if (shardOf.isEmpty()) {
      throw InvalidInputException.data(
          "Missing weight_map in "
              + folder.describe(relative)
              + "; it says which shard has a tensor");
    }
    return shardOf;
  }
}
