package org.sparklora.spark.generate;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.sparklora.InvalidInputException;

/** What prompts are kept in, by the ending of the files' names. */
enum PromptFormat {
  PARQUET,
  CSV,
  /** A prompt a line. */
  TXT;

  /**
   * The format of a file, or of the files of a folder.
   *
   * @throws InvalidInputException (DATA) when there is no file, or none of these, or several
   *     formats
   */
  static PromptFormat of(String location, Configuration hadoop) {
    TreeSet<PromptFormat> found = new TreeSet<>();
    try {
      Path path = new Path(location);
      FileSystem files = path.getFileSystem(hadoop);
      FileStatus status = files.getFileStatus(path);
      if (status.isFile()) {
        named(path).ifPresent(found::add);
      } else {
        RemoteIterator<LocatedFileStatus> listed = files.listFiles(path, true);
        while (listed.hasNext()) {
          named(listed.next().getPath()).ifPresent(found::add);
        }
      }
    } catch (FileNotFoundException e) {
      throw InvalidInputException.data("Missing --prompts: there is no " + location, e);
    } catch (IOException | IllegalArgumentException e) {
      throw InvalidInputException.data(
          "Cannot read --prompts: " + location + ": " + e.getMessage(), e);
    }
    if (found.size() != 1) {
      throw InvalidInputException.data(
          "Unsupported --prompts: "
              + location
              + (found.isEmpty()
                  ? " has no file that ends with .parquet, .csv or .txt"
                  : " has files of several formats: " + found + "; give a folder of one"));
    }
    return found.first();
  }

  private static Optional<PromptFormat> named(Path file) {
    String name = file.getName().toLowerCase(Locale.ROOT);
    if (name.startsWith("_") || name.startsWith(".")) {
      return Optional.empty();
    }
    for (PromptFormat format : values()) {
      if (name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
