package org.sparklora.lora.key;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Metadata of a file that is not needed to read it. */
public final class FileMetadata {
  /** How many modules are of another kind than LoRA, for the output of {@code inspect}. */
  public static final String OTHER_KINDS = "modules_of_other_kinds";

  private FileMetadata() {}

  public static Map<String, String> without(Map<String, String> metadata, String... keys) {
    Map<String, String> rest = new TreeMap<>(metadata);
    rest.keySet().removeAll(Set.of(keys));
    return rest;
  }

  /**
   * The metadata of a file whose modules of other kinds become LoRA: without what it says of them.
   */
  public static Map<String, String> ofLora(Map<String, String> metadata) {
    return metadata.containsKey(OTHER_KINDS)
        ? without(metadata, OTHER_KINDS, "ss_network_module", "ss_network_args")
        : metadata;
  }
}
