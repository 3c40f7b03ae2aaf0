package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.MessageType;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.SplitFiles;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.EmbeddingCode;
import org.sparklora.data.parquet.FooterCheck;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.parquet.ParquetInput;
import org.sparklora.data.parquet.ProbedRows;
import org.sparklora.data.parquet.ProbedRows.ProbedRow;
import org.sparklora.data.parquet.RowGroupHints;
import org.sparklora.data.parquet.RowGroupSize;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.ParquetDataset;
import org.sparklora.data.row.Picture;
import org.sparklora.data.row.PictureDataset;
import org.sparklora.data.row.Subjects;
import org.sparklora.util.InvalidInputException;

/** Makes a data set of Parquet files: reads their footers, checks their columns. */
final class ParquetFiles {
  private final DataConfig config;
  private final ImageColumns columns;
  private final Configuration configuration;

  ParquetFiles(DataConfig config, ImageColumns columns, Configuration configuration) {
    this.config = config;
    this.columns = columns;
    this.configuration = configuration;
  }

  /**
   * Opens the data set.
   *
   * @param split the files to read
   * @throws InvalidInputException naming every problem
   */
  ImageDataset open(String location, SplitFiles split) {
    List<String> problems = new ArrayList<>();
    List<Footer> footers = ParallelReads.map(split.files(), this::footer, location);
    List<DataFile> files = new ArrayList<>();
    long firstRow = 0;
    for (Footer footer : footers) {
      problems.addAll(footer.problems());
      long[] rowGroups = footer.hints().stream().mapToLong(RowGroupHints::rows).toArray();
      DataFile file =
          new DataFile(
              footer.path(),
              footer.name(),
              footer.identity(),
              firstRow,
              rowGroups,
              footer.divisible());
      files.add(file);
      firstRow += file.rows();
    }
    if (problems.isEmpty() && firstRow == 0) {
      problems.add(String.format(Locale.ROOT, "Invalid data set: empty, %s has no rows", location));
    }
    throwAll(problems);
    List<ProbedRow> incomplete = incomplete(location, files, footers);
    boolean pathsAlone =
        incomplete.size() == firstRow
            && incomplete.stream().allMatch(row -> row.path().isPresent());
    if (pathsAlone) {
      return ofPaths(location, incomplete, split.remarks());
    }
    throwAll(new IncompleteRows(config, location, firstRow).problems(incomplete));
    Optional<Subjects> subjects =
        columns.subject().isEmpty()
            ? Optional.empty()
            : Optional.of(
                new SubjectColumn(columns.subject(), configuration).read(location, files));
    Optional<RowGroupSize> largest =
        footers.stream()
            .flatMap(footer -> footer.largest().stream())
            .max(Comparator.comparingLong(RowGroupSize::bytes));
    return new ParquetDataset(location, files, columns, subjects, largest, split.remarks());
  }

  private List<ProbedRow> incomplete(String location, List<DataFile> files, List<Footer> footers) {
    ProbedRows probe = new ProbedRows(columns, configuration);
    List<Integer> numbers = IntStream.range(0, files.size()).boxed().toList();
    return ParallelReads.map(
            numbers, n -> probe.incomplete(files.get(n), footers.get(n).hints()), location)
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private ImageDataset ofPaths(String location, List<ProbedRow> rows, List<String> remarks) {
    if (!columns.subject().isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Unsupported --subject_column: %s with paths instead of pictures, in %s; embed the"
                  + " pictures: %s",
              columns.subject(),
              location,
              EmbeddingCode.ofFile(columns.image())));
    }
    List<Picture> pictures = new PicturePaths(config, location, configuration).pictures(rows);
    throwAll(new IncompleteRows(config, location, rows.size()).withoutCaption(rows));
    return new PictureDataset(location, pictures, remarks);
  }

  private static void throwAll(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(InvalidInputException.Kind.DATA, problems);
    }
  }

  /** The parts of a file's footer that are kept. */
  private record Footer(
      String path,
      String name,
      String identity,
      List<RowGroupHints> hints,
      Optional<RowGroupSize> largest,
      boolean divisible,
      List<String> problems) {}

  private Footer footer(FoundFile file) {
    String path = file.path();
    try (ParquetFileReader reader = ParquetInput.open(path, configuration)) {
      ParquetMetadata footer = reader.getFooter();
      List<String> problems =
          new ArrayList<>(columns.problems(footer.getFileMetaData().getSchema(), path));
      problems.addAll(FooterCheck.codecs(path, footer.getBlocks(), columns, configuration));
      List<RowGroupSize> sizes = problems.isEmpty() ? sizes(path, footer) : List.of();
      return new Footer(
          path,
          file.name(),
          file.identity(configuration),
          footer.getBlocks().stream().map(group -> RowGroupHints.of(group, columns)).toList(),
          sizes.stream()
              .filter(size -> !size.inPieces())
              .max(Comparator.comparingLong(RowGroupSize::bytes)),
          sizes.stream().allMatch(RowGroupSize::divisible),
          problems);
    } catch (IOException | RuntimeException e) {
      // Parquet throws either of these for damaged footers.
      String problem = FooterCheck.unreadable(file.status().getPath(), e, configuration);
      return new Footer(path, "", "", List.of(), Optional.empty(), false, List.of(problem));
    }
  }

  private List<RowGroupSize> sizes(String path, ParquetMetadata footer) {
    MessageType wanted = columns.projection(footer.getFileMetaData().getSchema());
    List<BlockMetaData> groups = footer.getBlocks();
    return IntStream.range(0, groups.size())
        .mapToObj(number -> RowGroupSize.of(path, number, groups.get(number), wanted))
        .toList();
  }
}
