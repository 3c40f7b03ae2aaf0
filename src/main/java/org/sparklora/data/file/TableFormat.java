package org.sparklora.data.file;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.sparklora.util.InvalidInputException;

/**
 * Table formats that keep a log of which of their files count. Other files of such a table may hold
 * rows that were deleted or rewritten, so they must not be read as loose Parquet.
 */
public enum TableFormat {
  DELTA("Delta", "_delta_log", ".*"),
  HUDI("Hudi", ".hoodie", ".*"),
  ICEBERG(
      "Iceberg",
      "metadata",
      "(?:v\\d+|\\d+-[0-9a-f]{8}-[0-9a-f-]+)(?:\\.gz)?\\.metadata\\.json(?:\\.gz)?"),
  PAIMON("Paimon", "schema", "schema-\\d+"),
  LANCE("Lance", "_versions", "[^/]*\\.manifest"),
  STREAM("Spark's streams", "_spark_metadata", ".*");

  private final String program;
  private final String folder;
  private final Pattern note;

  TableFormat(String program, String folder, String note) {
    this.program = program;
    this.folder = folder;
    this.note = Pattern.compile("(?s)" + note);
  }

  /**
   * Refuses a folder that is a table, lies in one, or has one in it.
   *
   * @param flag that names it
   * @param root a folder or a file
   * @param names of all files, below the root
   * @throws InvalidInputException (DATA) naming the format, and where the table is
   */
  public static void refuse(
      String flag, FileSystem fileSystem, Path root, Collection<String> names) {
    for (TableFormat format : values()) {
      names.stream()
          .flatMap(name -> format.tableBelow(root, name).stream())
          .findFirst()
          .ifPresent(
              table -> {
                throw format.refusal(flag, root, table);
              });
    }
    for (Path above = root.getParent(); above != null; above = above.getParent()) {
      for (TableFormat format : values()) {
        if (format.isIn(fileSystem, above)) {
          throw format.refusal(flag, root, above);
        }
      }
    }
  }

  /** The table that a log file belongs to; empty if the file is not such a log. */
  private Optional<Path> tableBelow(Path root, String name) {
    String path = "/" + name;
    int at = path.indexOf("/" + folder + "/");
    if (at < 0 || !note.matcher(path.substring(at + folder.length() + 2)).matches()) {
      return Optional.empty();
    }
    return Optional.of(at == 0 ? root : new Path(root + path.substring(0, at)));
  }

  /**
   * Whether the log is in a folder. A folder that cannot be listed counts as one without a log,
   * because its files cannot be read either.
   */
  private boolean isIn(FileSystem fileSystem, Path parent) {
    try {
      FileStatus[] notes = fileSystem.listStatus(new Path(parent, folder));
      return Arrays.stream(notes)
          .anyMatch(found -> note.matcher(found.getPath().getName()).matches());
    } catch (IOException e) {
      return false;
    }
  }

  private InvalidInputException refusal(String flag, Path root, Path table) {
    String where =
        table.equals(root)
            ? "is"
            : isBelow(table, root) ? "has in it " + table + "," : "is part of " + table + ",";
    return InvalidInputException.data(
        "Unsupported "
            + flag
            + ": "
            + root
            + " "
            + where
            + " a table of "
            + program
            + ", whose files may hold rows that were removed; write the table's rows as Parquet"
            + " with Spark, "
            + read()
            + ".write.parquet(FOLDER), and give that folder"
            + (this == STREAM
                ? ""
                : "; train reads a table of Delta or Iceberg itself with --dataset_format"));
  }

  private String read() {
    return this == STREAM
        ? "spark.read.parquet(TABLE)"
        : "spark.read.format(\"" + program.toLowerCase(Locale.ROOT) + "\").load(TABLE)";
  }

  private static boolean isBelow(Path file, Path folder) {
    return file.toString().startsWith(folder.isRoot() ? folder.toString() : folder + "/");
  }
}
