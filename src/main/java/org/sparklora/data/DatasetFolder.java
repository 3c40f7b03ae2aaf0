package org.sparklora.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.sparklora.InvalidInputException;

/** Opens data sets: finds their files, reads their footers, checks their columns. */
public final class DatasetFolder {
  private static final String SUFFIX = ".parquet";

  /** The files of the training split, as Hugging Face names them. */
  private static final String TRAIN_SPLIT = "train-";

  private final Configuration configuration;

  public DatasetFolder(Configuration configuration) {
    this.configuration = configuration;
  }

  /**
   * Opens the data set of a configuration.
   *
   * @throws InvalidInputException naming every problem, when there is no folder, no file, no row or
   *     no such column, or when it cannot be read
   */
  public ImageDataset open(DataConfig config) {
    String location = config.datasetName();
    List<String> problems = new ArrayList<>();
    List<DataFile> files = new ArrayList<>();
    Path root = qualified(location);
    ImageColumns columns = new ImageColumns(config.imageColumn(), config.captionColumn());
    long firstRow = 0;
    for (FileStatus status : parquetFiles(root)) {
      ParquetMetadata footer;
      try {
        footer = footer(status);
      } catch (IOException | RuntimeException e) {
        // Parquet answers damaged footers with either.
        problems.add(
            "Cannot read Parquet file: %s: %s".formatted(status.getPath(), e.getMessage()));
        continue;
      }
      problems.addAll(
          columns.problems(footer.getFileMetaData().getSchema(), status.getPath().toString()));
      DataFile file = dataFile(root, status, footer, firstRow);
      files.add(file);
      firstRow += file.rows();
    }
    if (problems.isEmpty() && firstRow == 0) {
      problems.add("Invalid data set: empty, %s has no rows".formatted(location));
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    return new ImageDataset(location, files);
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
        "Cannot read data set: %s: %s".formatted(location, cause.getMessage()), cause);
  }

  private List<FileStatus> parquetFiles(Path root) {
    List<FileStatus> found;
    try {
      found = list(root);
    } catch (FileNotFoundException e) {
      throw InvalidInputException.data(
          "Missing data set: %s does not exist; --dataset_name takes a folder of Parquet files"
              .formatted(root),
          e);
    } catch (IOException e) {
      throw unreadable(root.toString(), e);
    }
    if (found.isEmpty()) {
      throw InvalidInputException.data(
          "Invalid data set: empty, %s has no %s files".formatted(root, SUFFIX));
    }
    List<FileStatus> train =
        found.stream().filter(f -> f.getPath().getName().startsWith(TRAIN_SPLIT)).toList();
    return train.isEmpty() ? found : train;
  }

  private List<FileStatus> list(Path root) throws IOException {
    FileSystem fileSystem = root.getFileSystem(configuration);
    List<FileStatus> files = new ArrayList<>();
    RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(root, true);
    while (all.hasNext()) {
      FileStatus file = all.next();
      if (file.getPath().getName().endsWith(SUFFIX) && isVisible(relative(root, file))) {
        files.add(file);
      }
    }
    files.sort(Comparator.comparing(file -> file.getPath().toString()));
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

  private ParquetMetadata footer(FileStatus status) throws IOException {
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromStatus(status, configuration))) {
      return reader.getFooter();
    }
  }

  private DataFile dataFile(Path root, FileStatus status, ParquetMetadata footer, long firstRow) {
    return new DataFile(
        status.getPath().toString(),
        relative(root, status),
        status.getLen(),
        status.getModificationTime(),
        firstRow,
        footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).toArray());
  }
}
