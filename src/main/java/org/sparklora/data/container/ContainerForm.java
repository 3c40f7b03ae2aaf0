package org.sparklora.data.container;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.file.FoundFile;

/** A kind of file that holds many pictures with their captions. */
public enum ContainerForm {
  /** Tars of WebDataset. */
  TAR("tar", "a tar", "tar files"),

  /** Arrow files, as {@code datasets} saves them. */
  ARROW("arrow", "an Arrow file", "Arrow files");

  /** Lies beside the folders of the splits. */
  private static final String DICTIONARY = "dataset_dict.json";

  private final String extension;
  private final String one;
  private final String many;

  ContainerForm(String extension, String one, String many) {
    this.extension = extension;
    this.one = one;
    this.many = many;
  }

  /**
   * Recognises what a folder holds. Pictures and Parquet files count more, except for tables that
   * {@code img2dataset} writes beside the tars, with their names and with counts beside both.
   *
   * @param files of the folder, all of them
   * @return empty if it holds neither
   */
  public static Optional<ContainerForm> of(List<FoundFile> files) {
    Set<String> tars =
        files.stream().filter(TAR::isOne).map(FoundFile::stem).collect(Collectors.toSet());
    boolean otherwise =
        files.stream()
            .anyMatch(
                file ->
                    file.isPicture()
                        || (file.isParquet()
                            && !(tars.contains(file.stem()) && counted(files, file))));
    if (otherwise) {
      return Optional.empty();
    }
    if (!tars.isEmpty()) {
      return Optional.of(TAR);
    }
    return files.stream().anyMatch(ARROW::isOne) ? Optional.of(ARROW) : Optional.empty();
  }

  private static boolean counted(List<FoundFile> files, FoundFile table) {
    return files.stream().anyMatch(file -> file.name().equals(table.stem() + "_stats.json"));
  }

  /** The reason why a tar or an Arrow file beside other data is not read; empty for other files. */
  public static Optional<String> besideOthers(FoundFile file) {
    return Stream.of(values()).anyMatch(form -> form.isOne(file))
        ? Optional.of("since there are pictures or Parquet files, which are read")
        : Optional.empty();
  }

  private boolean isOne(FoundFile file) {
    return file.extension().equals(extension);
  }

  /**
   * The files of this kind that belong to the data set.
   *
   * @param files of the folder, all of them
   */
  public List<FoundFile> data(List<FoundFile> files, Configuration configuration) {
    return this == ARROW
        ? SavedFolder.data(files, configuration)
        : files.stream().filter(this::isOne).toList();
  }

  /**
   * The reason why a file of the folder that might be data is none; empty for all others.
   *
   * @param data the files that belong to the data set
   */
  public Optional<String> reason(FoundFile file, List<FoundFile> data) {
    if (file.isParquet()) {
      return Optional.of("since they have the names of tars, as img2dataset names its tables");
    }
    return isOne(file) && !data.contains(file)
        ? Optional.of("since they are no part of what save_to_disk wrote")
        : Optional.empty();
  }

  /**
   * The splits of a folder in which {@code save_to_disk} has a folder for each.
   *
   * @param files of the folder, all of them
   * @param data the files to be split
   * @return empty if names decide
   */
  public Optional<Map<String, List<FoundFile>>> splits(
      List<FoundFile> files, List<FoundFile> data) {
    if (files.stream().noneMatch(file -> file.name().equals(DICTIONARY))) {
      return Optional.empty();
    }
    return Optional.of(
        data.stream()
            .collect(
                Collectors.groupingBy(
                    file -> file.folder().replaceFirst("/.*", ""),
                    LinkedHashMap::new,
                    Collectors.toList())));
  }

  /**
   * Reads where the pictures of a file are, and their captions.
   *
   * @throws IOException with words that follow the file's name, when it cannot be used
   */
  public List<ContainedRow> rows(FileBytes file, SampleColumns columns) throws IOException {
    return this == TAR ? TarSamples.rows(file, columns) : ArrowRows.rows(file, columns);
  }

  /** A file of this kind, with its article. */
  public String one() {
    return one;
  }

  /** Files of this kind. */
  public String many() {
    return many;
  }
}
