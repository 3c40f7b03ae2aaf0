package org.sparklora.data.file;

import java.util.List;
import java.util.Optional;

/**
 * Output folders of earlier runs that lie in a data set's folder. A run must not train on pictures
 * that an earlier run drew.
 *
 * @param folders below the data set's
 */
public record OwnOutput(List<String> folders) {
  /** The file of a report's history; every output folder has it. */
  private static final String NOTE = "/report/history.json";

  public static OwnOutput in(List<FoundFile> files) {
    return new OwnOutput(
        files.stream()
            .map(FoundFile::name)
            .filter(name -> name.endsWith(NOTE))
            .map(name -> name.substring(0, name.length() - NOTE.length() + 1))
            .toList());
  }

  /** The reason why a file is not data; empty if it lies outside these folders. */
  public Optional<String> reason(FoundFile file) {
    return folders.stream().anyMatch(file.name()::startsWith)
        ? Optional.of("since an earlier run wrote them")
        : Optional.empty();
  }
}
