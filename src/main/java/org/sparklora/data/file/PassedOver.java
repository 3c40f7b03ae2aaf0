package org.sparklora.data.file;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file of a data set's folder that is not read.
 *
 * @param why words that follow "are not read, "
 */
public record PassedOver(FoundFile file, String why) {
  private static final int NAMED = 5;

  /**
   * One sentence for each reason, with the files that it applies to; pictures and Parquet come
   * first.
   */
  public static List<String> remarks(String location, List<PassedOver> all) {
    Map<String, List<FoundFile>> byReason = new TreeMap<>();
    all.forEach(
        one -> byReason.computeIfAbsent(one.why(), key -> new ArrayList<>()).add(one.file()));
    List<String> remarks = new ArrayList<>();
    byReason.forEach(
        (why, files) -> {
          files.sort(Comparator.comparing((FoundFile file) -> !file.isData()));
          remarks.add("In " + location + " are not read, " + why + ": " + counted(files));
        });
    return remarks;
  }

  /** The number of files and the names of the first ones. */
  static String counted(List<FoundFile> files) {
    List<String> names = files.stream().limit(NAMED).map(FoundFile::name).toList();
    return files.size()
        + (files.size() == 1 ? " file: " : " files: ")
        + String.join(", ", names)
        + (files.size() > NAMED ? ", ..." : "");
  }
}
