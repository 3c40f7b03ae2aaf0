package org.sparklora.data.file;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.sparklora.data.parquet.EmbeddingCode;

/** Recognises folders of pictures in forms that are not supported, and says how to convert them. */
public final class OtherForms {
  private static final Set<String> SAVED_TO_DISK = Set.of("state.json", "dataset_dict.json");
  private static final Set<String> TAR = Set.of("tar", "tgz");
  private static final Set<String> ARCHIVES = Set.of("zip", "7z", "rar", "gz", "zst", "xz", "bz2");
  private static final Set<String> TABLES = Set.of("jsonl", "json", "csv", "tsv");

  private OtherForms() {}

  /**
   * The message that says what the folder is and what to do; empty if it is none of these forms.
   *
   * @param root the folder
   * @param files of the folder, all of them
   */
  public static Optional<String> refusal(String root, List<FoundFile> files) {
    Set<String> names = files.stream().map(FoundFile::lastName).collect(Collectors.toSet());
    if (names.stream().anyMatch(SAVED_TO_DISK::contains) || any(files, Set.of("arrow"))) {
      String dict = names.contains("dataset_dict.json") ? "[\"train\"]" : "";
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Unsupported data set: %s holds Arrow files, as datasets' save_to_disk writes them;"
                  + " write it as Parquet: import datasets; %s",
              root,
              EmbeddingCode.of(
                  String.format(Locale.ROOT, "datasets.load_from_disk(\"%s\")%s", root, dict))));
    }
    if (any(files, TAR)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Unsupported data set: %s holds tar files, such as WebDataset's; unpack them into a"
                  + " folder: its pictures with the .txt files beside them are read",
              root));
    }
    if (any(files, ARCHIVES)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Unsupported data set: %s holds archives, such as %s; unpack them into a folder",
              root,
              first(files, ARCHIVES)));
    }
    if (any(files, TABLES)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Unsupported data set: %s holds the table %s and no pictures; put the pictures beside"
                  + " it; if it has their addresses, download them, for example with img2dataset",
              root,
              first(files, TABLES)));
    }
    return Optional.empty();
  }

  private static boolean any(List<FoundFile> files, Set<String> extensions) {
    return files.stream().anyMatch(file -> extensions.contains(file.extension()));
  }

  private static String first(List<FoundFile> files, Set<String> extensions) {
    return files.stream()
        .filter(file -> extensions.contains(file.extension()))
        .map(FoundFile::name)
        .findFirst()
        .orElseThrow();
  }
}
