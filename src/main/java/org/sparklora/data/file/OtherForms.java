package org.sparklora.data.file;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Recognises folders of pictures in forms that are not supported, and says how to convert them. */
public final class OtherForms {
  private static final Set<String> TARS = Set.of("tgz", "tzst", "txz", "tbz2");
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
    if (any(files, TARS) || files.stream().anyMatch(OtherForms::isCompressedTar)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Unsupported data set: %s holds compressed tars; unpack them to .tar (gunzip), which"
                  + " are read as they are",
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

  private static boolean isCompressedTar(FoundFile file) {
    return file.stem().endsWith(".tar") && ARCHIVES.contains(file.extension());
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
