package org.sparklora.data.file;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.util.InvalidInputException;

/**
 * Chooses the data files of a data set: those of a configuration that its README.md lists, or all.
 *
 * @param root the data set's folder, where names of files begin
 * @param config what is read of it; empty for all
 */
public record ConfiguredFiles(Path root, Optional<CardConfig> config) {
  /** Reads the folder whatever its README.md says. */
  public static ConfiguredFiles all(Path root) {
    return new ConfiguredFiles(root, Optional.empty());
  }

  /**
   * Looks for a README.md in a folder, and above it: the last part of a location may be the name of
   * a configuration.
   *
   * @throws InvalidInputException (DATA) when there are several configurations and none is named
   */
  public static ConfiguredFiles of(FileSystem files, Path root) throws IOException {
    Path above = root.getParent();
    if (above != null) {
      Optional<CardConfig> named = above(files, above).flatMap(card -> card.named(root.getName()));
      if (named.isPresent()) {
        return new ConfiguredFiles(above, named);
      }
    }
    return new ConfiguredFiles(root, DatasetCard.of(files, root).map(DatasetCard::chosen));
  }

  /**
   * Looks for a README.md above the data set. A folder that cannot be read counts as one without.
   */
  private static Optional<DatasetCard> above(FileSystem files, Path folder) {
    try {
      return DatasetCard.of(files, folder);
    } catch (IOException | IllegalArgumentException | InvalidInputException e) {
      return Optional.empty();
    }
  }

  /**
   * The data files of all splits.
   *
   * @throws InvalidInputException (DATA) when there are data files, but none of the configuration
   */
  public List<FoundFile> of(List<FoundFile> data) {
    if (config.isEmpty()) {
      return data;
    }
    Set<FoundFile> wanted = new HashSet<>();
    config.get().splits(data).values().forEach(wanted::addAll);
    if (wanted.isEmpty() && !data.isEmpty()) {
      throw nothing(config.get());
    }
    return data.stream().filter(wanted::contains).toList();
  }

  private InvalidInputException nothing(CardConfig chosen) {
    return InvalidInputException.data(
        "Missing files: "
            + root
            + " has no file of its configuration "
            + chosen.name()
            + ", which README.md describes as "
            + chosen.dataDir().map(folder -> "data_dir " + folder).orElse("")
            + (chosen.dataFiles().isEmpty() ? "" : "data_files " + chosen.dataFiles()));
  }

  /**
   * Takes the files of the wanted split.
   *
   * @param data what {@link #of(List)} gave, of one kind
   * @param all data files of the folder, for what is left out
   * @throws InvalidInputException (DATA) when there is no such split, or no file of it
   */
  public SplitFiles split(
      String location, List<FoundFile> data, List<FoundFile> all, SplitChoice choice) {
    boolean pictures = data.get(0).isPicture();
    if (config.isEmpty()) {
      return SplitFiles.of(location, data, pictures, choice);
    }
    Map<String, List<FoundFile>> splits = config.get().splits(data);
    SplitFiles split = SplitFiles.of(location, data, splits, choice);
    if (split.files().isEmpty()) {
      throw nothing(config.get());
    }
    return split.with(leftOut(data, all));
  }

  private List<String> leftOut(List<FoundFile> data, List<FoundFile> all) {
    List<FoundFile> others = new ArrayList<>(all);
    others.removeAll(Set.copyOf(data));
    String read =
        "The configuration " + config.get().name() + " of " + root + " is read, from README.md. ";
    return others.isEmpty()
        ? List.of()
        : List.of(read + "Left out as of no or other ones: " + PassedOver.counted(others));
  }
}
