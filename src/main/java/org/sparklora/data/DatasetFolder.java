package org.sparklora.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.sparklora.InvalidInputException;

/** Opens data sets: finds their files, Parquet or pictures, and checks what can be checked. */
public final class DatasetFolder {
  private static final String PARQUET = ParquetFiles.SUFFIX.substring(1);

  private final Configuration configuration;

  public DatasetFolder(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Opens the data set of a configuration.
   *
   * @throws InvalidInputException naming every problem, when there is no folder, no file, no row,
   *     no such column or no caption, or when it cannot be read
   */
  public ImageDataset open(DataConfig config) {
    String location = config.datasetName();
    Path root = qualified(location);
    List<FoundFile> files = files(root);
    List<FoundFile> parquet = files.stream().filter(f -> f.extension().equals(PARQUET)).toList();
    long pictures = files.stream().filter(PictureFiles::isPicture).count();
    if (!parquet.isEmpty() && pictures > 0) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid data set: mixed, %s has %d Parquet files and %d pictures; give a folder of"
                  + " either",
              root,
              parquet.size(),
              pictures));
    }
    if (parquet.isEmpty() && pictures == 0) {
      OtherForms.refusal(root.toString(), files)
          .ifPresent(
              refusal -> {
                throw InvalidInputException.data(refusal);
              });
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid data set: empty, %s has no %s files and no pictures (%s)",
              root,
              ParquetFiles.SUFFIX,
              String.join(", ", PictureFiles.DECODED)));
    }
    if (pictures > 0 && !config.subjectColumn().isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Unsupported --subject_column: %s with a folder of pictures, %s; give Parquet files"
                  + " that have this column",
              config.subjectColumn(),
              root));
    }
    return pictures > 0
        ? new PictureFiles(config, configuration).open(location, files)
        : new ParquetFiles(config, columns(config), configuration).open(location, parquet);
  }

  /** Whether a folder holds Parquet files. */
  public boolean isParquet(String location) {
    return found(location).stream().anyMatch(file -> file.extension().equals(PARQUET));
  }

  /**
   * The names of a folder's pictures that are files, below it; none where there is no folder.
   *
   * @throws InvalidInputException when it cannot be read
   */
  public List<String> pictures(String location) {
    return found(location).stream().filter(PictureFiles::isPicture).map(FoundFile::name).toList();
  }

  /** All visible files of a folder that may not be there. */
  private List<FoundFile> found(String location) {
    Path root = qualified(location);
    try {
      return list(root);
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException e) {
      throw unreadable(location, e);
    }
  }

  private static ImageColumns columns(DataConfig config) {
    Captions captions =
        config
            .prompt()
            .<Captions>map(prompt -> new Captions.Known(List.of(prompt)))
            .orElseGet(() -> new Captions.Column(config.captionColumn()));
    return new ImageColumns(config.imageColumn(), captions, config.subjectColumn());
  }

  private Path qualified(String location) {
    try {
      Path path = new Path(location);
      return path.getFileSystem(configuration).makeQualified(path);
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(location, e);
    }
  }

  private static InvalidInputException unreadable(String location, Exception cause) {
    return InvalidInputException.data(
        String.format(Locale.ROOT, "Cannot read data set: %s: %s", location, cause.getMessage()),
        cause);
  }

  private List<FoundFile> files(Path root) {
    try {
      return list(root);
    } catch (FileNotFoundException e) {
      throw InvalidInputException.data(
          String.format(
                  Locale.ROOT,
                  "Missing data set: %s does not exist; --dataset_name takes a folder of Parquet"
                      + " files or of",
                  root)
              + " pictures",
          e);
    } catch (IOException e) {
      throw unreadable(root.toString(), e);
    }
  }

  /** All files that are not hidden, in order of their paths. */
  private List<FoundFile> list(Path root) throws IOException {
    List<FoundFile> files = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = root.getFileSystem(configuration).listFiles(root, true);
    while (all.hasNext()) {
      FileStatus status = all.next();
      FoundFile file = new FoundFile(relative(root, status), status);
      if (isVisible(file.name())) {
        files.add(file);
      }
    }
    files.sort(Comparator.comparing(FoundFile::path));
    return files;
  }

  private static boolean isVisible(String relative) {
    return Arrays.stream(relative.split("/"))
        .noneMatch(part -> part.startsWith("_") || part.startsWith("."));
  }

  private static String relative(Path root, FileStatus file) {
    String path = root.toUri().relativize(file.getPath().toUri()).getPath();
    return path.isEmpty() ? file.getPath().getName() : path;
  }
}
