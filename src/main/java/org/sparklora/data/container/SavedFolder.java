package org.sparklora.data.container;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.file.FoundFile;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;
import org.sparklora.util.InvalidInputException;

/**
 * The notes beside Arrow files that {@code save_to_disk} of {@code datasets} has written. They name
 * the files that belong to the data set; others are intermediate results.
 */
final class SavedFolder {
  private static final String STATE = "state.json";
  private static final int MOST_BYTES = 16 << 20;

  private SavedFolder() {}

  /**
   * The Arrow files that belong to data sets.
   *
   * @param files of the whole folder
   * @throws InvalidInputException (DATA) when a file that is named is not there
   */
  static List<FoundFile> data(List<FoundFile> files, Configuration configuration) {
    Set<String> folders = new HashSet<>();
    Set<String> named = new TreeSet<>();
    for (FoundFile file : files) {
      if (file.lastName().equals(STATE)) {
        folders.add(file.folder());
        named.addAll(named(file, configuration));
      }
    }
    List<FoundFile> data = new ArrayList<>();
    for (FoundFile file : files) {
      boolean belongs =
          folders.contains(file.folder())
              ? named.contains(file.name())
              : !file.lastName().startsWith("cache-") && !file.lastName().startsWith("tmp");
      if (file.extension().equals("arrow") && belongs) {
        data.add(file);
      }
    }
    named.removeAll(data.stream().map(FoundFile::name).collect(Collectors.toSet()));
    if (!named.isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Missing file: %s, which %s beside it names; copy the whole folder",
              named.iterator().next(),
              STATE));
    }
    return data;
  }

  /** The names of the files of a data set, as they are below the folder. */
  private static List<String> named(FoundFile state, Configuration configuration) {
    JsonNode notes = read(state, configuration);
    if (!notes.path("_indices_data_files").isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Unsupported data set: %s chooses rows by a second file; save it again with"
                  + " flatten_indices().save_to_disk(FOLDER)",
              state.path()));
    }
    String folder = state.folder().isEmpty() ? "" : state.folder() + "/";
    List<String> names = new ArrayList<>();
    notes.path("_data_files").forEach(one -> names.add(folder + one.path("filename").asText()));
    return names;
  }

  private static JsonNode read(FoundFile state, Configuration configuration) {
    Path path = state.status().getPath();
    try {
      return JSON.readTree(
          WholeFile.read(
              StoreFile.of(path, configuration).fileSystem(), state.status(), MOST_BYTES));
    } catch (JsonProcessingException e) {
      throw InvalidInputException.data("Cannot read " + path + ": it is no valid JSON", e);
    } catch (IOException e) {
      throw InvalidInputException.data("Cannot read " + path + ": " + e.getMessage(), e);
    }
  }
}
