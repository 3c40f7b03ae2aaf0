package org.sparklora.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.cli.WeightedAdapterOptions.Weighted;

/** How a merged adapter or model came about, for its metadata. */
final class MergeRecipe {
  private static final ObjectMapper JSON = new ObjectMapper();

  private MergeRecipe() {}

  /** Adapters by their own names, without the folders of the machine they were on. */
  static Map<String, String> metadata(List<Weighted> adapters, Optional<Integer> rank) {
    ArrayNode parts = JSON.createArrayNode();
    adapters.forEach(
        one -> parts.addObject().put("adapter", one.shortName()).put("weight", one.weight()));
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("merged_adapters", parts.toString());
    rank.ifPresent(given -> metadata.put("merged_rank", given.toString()));
    return metadata;
  }
}
