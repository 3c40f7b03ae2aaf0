package org.sparklora.data.container;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.sparklora.data.file.FoundFile;

/**
 * The files of a tar whose names are alike up to the first point.
 *
 * @param key what their names have in common
 * @param members by the rest of their names, in lower case
 */
record TarSample(String key, Map<String, TarMember> members) {
  private static final List<String> TEXTS = List.of("txt", "caption");
  static final String JSON = "json";

  TarSample(String key) {
    this(key, new TreeMap<>());
  }

  /** Whether it may be a sample: it has a picture or what may hold a caption. */
  boolean isOne(SampleColumns columns) {
    return !pictures(columns).isEmpty() || !texts(columns).isEmpty() || members.containsKey(JSON);
  }

  List<TarMember> pictures(SampleColumns columns) {
    return columns
        .pictureEnding()
        .map(ending -> Stream.ofNullable(members.get(ending)).toList())
        .orElseGet(
            () ->
                members.entrySet().stream()
                    .filter(e -> FoundFile.isPicture(lastPart(e.getKey())))
                    .map(Map.Entry::getValue)
                    .toList());
  }

  /** The text files that may hold the caption. */
  List<TarMember> texts(SampleColumns columns) {
    List<String> endings = columns.captionEnding().map(List::of).orElse(TEXTS);
    return endings.stream()
        .filter(ending -> !ending.equals(JSON))
        .flatMap(ending -> Stream.ofNullable(members.get(ending)))
        .toList();
  }

  /** The JSON file that may hold the caption. */
  Optional<TarMember> json() {
    return Optional.ofNullable(members.get(JSON));
  }

  /** The endings of its files, for messages. */
  String endings() {
    return String.join(", ", members.keySet().stream().map(ending -> "." + ending).toList());
  }

  private static String lastPart(String ending) {
    return ending.substring(ending.lastIndexOf('.') + 1);
  }
}
