package org.sparklora.lora.key;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Metadata of a file that is not needed to read it. */
public final class FileMetadata {
  private FileMetadata() {}

  public static Map<String, String> without(Map<String, String> metadata, String... keys) {
    Map<String, String> rest = new TreeMap<>(metadata);
    rest.keySet().removeAll(Set.of(keys));
    return rest;
  }
}
