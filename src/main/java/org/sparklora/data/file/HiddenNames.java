package org.sparklora.data.file;

import java.util.Optional;
import java.util.regex.Pattern;

/** Decides by name which files of a folder are not data. */
public final class HiddenNames {
  /** Names of files that Spark and similar programs put beside the data that they write. */
  private static final Pattern NOTES_OF_SPARK =
      Pattern.compile(
          "_SUCCESS|_temporary|_metadata|_common_metadata|_spark_metadata|_delta_log"
              + "|_change_data|_(?:started|committed)_.*|.*\\._COPYING_");

  private HiddenNames() {}

  /** Whether Spark passes over a file or folder of this name. */
  public static boolean bySpark(String name) {
    return name.startsWith(".")
        || name.endsWith("._COPYING_")
        || (name.startsWith("_") && !name.contains("="));
  }

  /**
   * The reason why a file is not data; empty if it is data. An underscore does not hide a picture,
   * because cameras begin names with it.
   */
  public static Optional<String> reason(FoundFile file) {
    String[] parts = file.name().split("/", -1);
    for (int i = 0; i < parts.length; i++) {
      if (parts[i].startsWith(".")) {
        return Optional.of("since their names, or their folders', begin with a point");
      }
      if (i < parts.length - 1 && parts[i].startsWith("__")) {
        return Optional.of("since their folders' names begin with __");
      }
      if (NOTES_OF_SPARK.matcher(parts[i]).matches() || (file.isParquet() && bySpark(parts[i]))) {
        return Optional.of("since Spark keeps such names, with _ in front, for its own files");
      }
    }
    return Optional.empty();
  }
}
