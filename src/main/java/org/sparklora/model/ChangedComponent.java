package org.sparklora.model;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.sparklora.model.file.TensorFile;
import org.sparklora.model.file.TensorInfo;
import org.sparklora.model.folder.ModelFolder;
import org.sparklora.model.folder.StagedOutput;

/**
 * The weight files of a component in which some tensors are changed. Pickles become safetensors of
 * the same name.
 *
 * @param changes by the name a tensor has in the file
 */
record ChangedComponent(
    ModelFolder base,
    String component,
    Map<String, WeightChange> changes,
    Map<String, String> metadata) {
  void writeTo(StagedOutput out, Consumer<String> onFile) throws IOException {
    List<String> files = base.weightFiles(component);
    for (String name : files) {
      String target = component + "/" + asSafetensors(name);
      try (OutputStream stream = out.file(target)) {
        if (name.endsWith(".json")) {
          stream.write(index(component + "/" + name));
        } else {
          try (TensorFile file = base.weightFile(component, name)) {
            new ChangedWeights(file, changes, metadata).writeTo(stream);
          }
        }
      }
      onFile.accept(target);
    }
  }

  private static String asSafetensors(String name) {
    return name.contains(".bin")
        ? name.replaceFirst("^pytorch_model", "model").replace(".bin", ".safetensors")
        : name;
  }

  /** The index with the shards' new names and the size of all tensors. */
  private byte[] index(String relative) throws IOException {
    ObjectNode index = base.json(relative).deepCopy();
    ObjectNode map = index.putObject("weight_map");
    for (Map.Entry<String, JsonNode> tensor : base.json(relative).get("weight_map").properties()) {
      map.put(tensor.getKey(), asSafetensors(tensor.getValue().asText()));
    }
    if (index.path("metadata").path("total_size").isIntegralNumber()) {
      ObjectNode metadata = (ObjectNode) index.get("metadata");
      metadata.put("total_size", metadata.get("total_size").asLong() + added());
    }
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(index);
  }

  private long added() {
    long added = 0;
    try (TensorFile file = base.weights(component)) {
      for (Map.Entry<String, WeightChange> change : changes.entrySet()) {
        if (change.getValue() instanceof WeightChange.MoreRows more) {
          TensorInfo tensor = file.tensors().get(change.getKey());
          added += ChangedWeights.grown(tensor, more).bytes() - tensor.bytes();
        }
      }
    }
    return added;
  }
}
