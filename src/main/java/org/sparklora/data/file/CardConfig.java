package org.sparklora.data.file;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One configuration that a data set's README.md lists, as the Hugging Face Hub writes them.
 *
 * @param name its {@code config_name}
 * @param isDefault whether it is read when none is named
 * @param dataDir the folder that its files are in, below the data set's
 * @param dataFiles the patterns of each split's files, below the data set's folder; empty where the
 *     names of the files say the split
 */
public record CardConfig(
    String name, boolean isDefault, Optional<String> dataDir, Map<String, List<String>> dataFiles) {
  static final String DEFAULT_NAME = "default";

  public CardConfig {
    dataFiles = new LinkedHashMap<>(dataFiles);
  }

  /**
   * Sorts files into the configuration's splits.
   *
   * @param data of the whole data set, in order
   */
  Map<String, List<FoundFile>> splits(List<FoundFile> data) {
    if (dataFiles.isEmpty()) {
      return DataSplits.of(below(data), file -> dataDir.map(file::below).orElse(file));
    }
    Map<String, List<FoundFile>> splits = new LinkedHashMap<>();
    dataFiles.forEach(
        (split, patterns) -> {
          FilePatterns wanted = FilePatterns.of(dataDir, patterns);
          splits.put(split, data.stream().filter(file -> wanted.match(file.name())).toList());
        });
    return splits;
  }

  private List<FoundFile> below(List<FoundFile> data) {
    return data.stream()
        .filter(file -> dataDir.map(folder -> file.name().startsWith(folder + "/")).orElse(true))
        .toList();
  }
}
