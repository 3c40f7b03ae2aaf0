package org.sparklora.spark.generate;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sparklora.data.file.FolderFiles;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.HiddenNames;
import org.sparklora.data.file.TableFormat;
import org.sparklora.data.parquet.FooterCheck;
import org.sparklora.data.parquet.ParquetInput;
import org.sparklora.store.WholeFile;
import org.sparklora.util.Count;
import org.sparklora.util.InvalidInputException;

/** The file format of prompts, by the ending of the files' names. */
enum PromptFormat {
  PARQUET,
  CSV,
  /** Text with one prompt a line. */
  TXT;

  private static final Logger LOG = LoggerFactory.getLogger(PromptFormat.class);

  /**
   * The format of a file, or of the files of a folder.
   *
   * @throws InvalidInputException (DATA) when there is no file, no file of these formats, or files
   *     of several formats
   */
  static PromptFormat of(String location, Configuration hadoop) {
    TreeSet<PromptFormat> found = new TreeSet<>();
    List<String> names = new ArrayList<>();
    try {
      Path path = new Path(location);
      FileSystem files = path.getFileSystem(hadoop);
      Path root = files.makeQualified(path);
      for (FoundFile file : FolderFiles.list(files, root).files()) {
        if (named(file.name()).isPresent()) {
          requireReadable(files, root, file, hadoop);
        }
        names.add(file.name());
      }
      names.forEach(name -> named(name).ifPresent(found::add));
      sayPassedOver(names);
      if (found.contains(PARQUET)) {
        TableFormat.refuse("--prompts", files, root, names);
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
                  ? " has no file that ends with .parquet, .csv or .txt" + hidden(names)
                  : " has files of several formats: " + found + "; give a folder of one"));
    }
    return found.first();
  }

  /**
   * Refuses files that Spark should not begin to read. Spark would wait for a named pipe for ever,
   * and a line without an end would fill the driver's memory. Of a damaged footer Spark's error
   * gives only the place.
   */
  private static void requireReadable(
      FileSystem files, Path root, FoundFile file, Configuration hadoop) throws IOException {
    try {
      WholeFile.requireRegular(files, file.status());
      if (named(file.name()).filter(PARQUET::equals).isPresent()) {
        requireFooter(file.status().getPath(), hadoop);
      } else {
        PromptLines.require(files, file.status());
      }
    } catch (IOException e) {
      throw file.status().getPath().equals(root)
          ? e
          : new IOException(file.name() + ": " + e.getMessage(), e);
    }
  }

  private static void requireFooter(Path file, Configuration hadoop) {
    try (ParquetFileReader reader = ParquetInput.open(file.toString(), hadoop)) {
      LOG.debug("{} has {} rows", file, reader.getRecordCount());
    } catch (IOException | RuntimeException e) {
      // Parquet throws either of these for damaged footers.
      throw InvalidInputException.data(
          "Invalid --prompts: " + FooterCheck.unreadable(file, e, hadoop), e);
    }
  }

  private static String hidden(List<String> names) {
    return names.stream().anyMatch(PromptFormat::isHidden)
        ? "; Spark passes over names that begin with _ or a point, rename them"
        : "";
  }

  private static void sayPassedOver(List<String> names) {
    List<String> hidden =
        names.stream().filter(name -> isHidden(name) && ending(name).isPresent()).toList();
    if (!hidden.isEmpty()) {
      LOG.warn(
          "Passed over {} of --prompts, because Spark reads no names that begin with _ or a"
              + " point, such as {}",
          Count.of(hidden.size(), "file"),
          hidden.get(0));
    }
  }

  private static boolean isHidden(String name) {
    return Arrays.stream(name.split("/")).anyMatch(HiddenNames::bySpark);
  }

  private static Optional<PromptFormat> named(String file) {
    return isHidden(file) ? Optional.empty() : ending(file);
  }

  private static Optional<PromptFormat> ending(String file) {
    String name = file.toLowerCase(Locale.ROOT);
    for (PromptFormat format : values()) {
      if (name.endsWith("." + format.name().toLowerCase(Locale.ROOT))) {
        return Optional.of(format);
      }
    }
    return Optional.empty();
  }
}
