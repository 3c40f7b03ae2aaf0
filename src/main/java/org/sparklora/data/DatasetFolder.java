package org.sparklora.data;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.parquet.HadoopReadOptions;
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

  private static final int READERS = 16;

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
    long firstRow = 0;
    for (Footer footer : footers(parquetFiles(root), root, config)) {
      problems.addAll(footer.problems());
      DataFile file =
          new DataFile(
              footer.path(), footer.name(), footer.identity(), firstRow, footer.rowGroups());
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

  /** What is kept of a file's footer. */
  private record Footer(
      String path, String name, String identity, long[] rowGroups, List<String> problems) {}

  /** Several at a time: on an object store each takes a few round trips. */
  private List<Footer> footers(List<FileStatus> files, Path root, DataConfig config) {
    ImageColumns columns = new ImageColumns(config.imageColumn(), config.captionColumn());
    ExecutorService readers = Executors.newFixedThreadPool(READERS);
    try {
      List<Callable<Footer>> tasks =
          files.stream().<Callable<Footer>>map(file -> () -> footer(root, file, columns)).toList();
      List<Footer> footers = new ArrayList<>();
      for (Future<Footer> read : readers.invokeAll(tasks)) {
        footers.add(read.get());
      }
      return footers;
    } catch (ExecutionException e) {
      throw unreadable(config.datasetName(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Cannot read data set: interrupted", e);
    } finally {
      readers.shutdownNow();
    }
  }

  private Footer footer(Path root, FileStatus status, ImageColumns columns) {
    String path = status.getPath().toString();
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromStatus(status, configuration),
            HadoopReadOptions.builder(configuration).build())) {
      ParquetMetadata footer = reader.getFooter();
      return new Footer(
          path,
          relative(root, status),
          FileIdentity.of(root.getFileSystem(configuration), status),
          footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).toArray(),
          columns.problems(footer.getFileMetaData().getSchema(), path));
    } catch (IOException | RuntimeException e) {
      // Parquet answers damaged footers with either.
      String problem = "Cannot read Parquet file: %s: %s".formatted(path, e.getMessage());
      return new Footer(path, "", "", new long[0], List.of(problem));
    }
  }
}
