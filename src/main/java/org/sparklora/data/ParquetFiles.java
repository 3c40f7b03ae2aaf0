package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.sparklora.InvalidInputException;

/** Makes a data set of Parquet files: reads their footers, checks their columns. */
final class ParquetFiles {
  static final String SUFFIX = ".parquet";

  /** The files of the training split, as Hugging Face names them. */
  private static final String TRAIN_SPLIT = "train-";

  private final ImageColumns columns;
  private final Configuration configuration;

  ParquetFiles(ImageColumns columns, Configuration configuration) {
    this.columns = columns;
    this.configuration = configuration;
  }

  /**
   * A data set.
   *
   * @param found all of the folder's, in order
   * @throws InvalidInputException naming every problem
   */
  ParquetDataset open(String location, List<FoundFile> found) {
    List<String> problems = new ArrayList<>();
    List<DataFile> files = new ArrayList<>();
    long firstRow = 0;
    for (Footer footer : ParallelReads.map(trainSplit(found), this::footer, location)) {
      problems.addAll(footer.problems());
      DataFile file =
          new DataFile(
              footer.path(), footer.name(), footer.identity(), firstRow, footer.rowGroups());
      files.add(file);
      firstRow += file.rows();
    }
    if (problems.isEmpty() && firstRow == 0) {
      problems.add(String.format(Locale.ROOT, "Invalid data set: empty, %s has no rows", location));
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
    Optional<Subjects> subjects =
        columns.subject().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new SubjectColumn(columns.subject(), configuration).read(location, files));
    return new ParquetDataset(location, files, columns, subjects);
  }

  private static List<FoundFile> trainSplit(List<FoundFile> found) {
    List<FoundFile> train =
        found.stream().filter(file -> file.lastName().startsWith(TRAIN_SPLIT)).toList();
    return train.isEmpty() ? found : train;
  }

  /** What is kept of a file's footer. */
  private record Footer(
      String path, String name, String identity, long[] rowGroups, List<String> problems) {}

  private Footer footer(FoundFile file) {
    String path = file.path();
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            HadoopInputFile.fromStatus(file.status(), configuration),
            HadoopReadOptions.builder(configuration).build())) {
      ParquetMetadata footer = reader.getFooter();
      return new Footer(
          path,
          file.name(),
          file.identity(configuration),
          footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).toArray(),
          columns.problems(footer.getFileMetaData().getSchema(), path));
    } catch (IOException | RuntimeException e) {
      // Parquet answers damaged footers with either.
      String problem =
          String.format(Locale.ROOT, "Cannot read Parquet file: %s: %s", path, e.getMessage());
      return new Footer(path, "", "", new long[0], List.of(problem));
    }
  }
}
