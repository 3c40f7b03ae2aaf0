package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.container.ContainedRow;
import org.sparklora.data.container.ContainerForm;
import org.sparklora.data.container.FileBytes;
import org.sparklora.data.container.SampleColumns;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.file.SplitFiles;
import org.sparklora.data.order.TrainSubset;
import org.sparklora.data.row.Picture;
import org.sparklora.data.row.PictureDataset;
import org.sparklora.util.InvalidInputException;

/**
 * Makes a data set of files that hold many pictures: finds where these lie, and reports rows
 * without a picture or a caption.
 */
record ContainerFiles(DataConfig config, ContainerForm form, Configuration configuration) {
  /** The rows of a file, or the problem because of which it cannot be used. */
  private record Read(
      FoundFile file, String identity, List<ContainedRow> rows, List<String> problems) {}

  /** A row, and its number in the data set. */
  private record Numbered(long id, FoundFile file, ContainedRow row) {}

  /**
   * Opens the data set.
   *
   * @param split the files to read
   * @throws InvalidInputException naming every problem
   */
  PictureDataset open(String location, SplitFiles split) {
    List<Read> files = ParallelReads.map(split.files(), this::read, location);
    throwAll(files.stream().flatMap(file -> file.problems().stream()).toList());
    List<Numbered> rows = new ArrayList<>();
    List<Picture> pictures = new ArrayList<>();
    for (Read file : files) {
      for (ContainedRow row : file.rows()) {
        rows.add(new Numbered(rows.size(), file.file(), row));
        List<String> captions = config.prompt().map(List::of).orElse(row.captions());
        pictures.add(
            Picture.in(
                file.file(), file.identity(), row.place(), row.from(), row.bytes(), captions));
      }
    }
    if (rows.isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Invalid data set: empty, the %s of %s have no pictures and no captions",
              form.many(),
              location));
    }
    throwAll(incomplete(location, rows));
    return new PictureDataset(location, pictures, split.remarks());
  }

  private Read read(FoundFile file) {
    SampleColumns columns =
        new SampleColumns(
            config.imageColumn(),
            Optional.of(config.captionColumn()).filter(name -> config.prompt().isEmpty()),
            config.captionExtension());
    try (FileBytes bytes = FileBytes.open(file, configuration)) {
      List<ContainedRow> rows = form.rows(bytes, columns);
      return new Read(file, file.identity(configuration), rows, List.of());
    } catch (IOException e) {
      return new Read(
          file,
          "",
          List.of(),
          List.of(
              String.format(
                  Locale.ROOT, "Cannot read %s: %s: %s", form.one(), file.path(), e.getMessage())));
    }
  }

  private List<String> incomplete(String location, List<Numbered> all) {
    TrainSubset subset = new TrainSubset(config.seed(), all.size(), config.maxTrainSamples());
    List<Numbered> rows = all.stream().filter(row -> subset.contains(row.id())).toList();
    List<String> problems = new ArrayList<>();
    problems.addAll(
        missing(
            location,
            rows,
            "picture",
            row -> row.bytes() == 0,
            form == ContainerForm.TAR
                ? "name the ending of the pictures with --image_column"
                : "put the pictures' bytes into the column --image_column"));
    if (config.prompt().isEmpty()) {
      problems.addAll(
          missing(
              location,
              rows,
              "caption",
              row -> row.captions().isEmpty(),
              "name another --caption_column, or give --instance_prompt"));
    }
    return problems;
  }

  /**
   * Problems of rows that lack something. If all rows lack it, one problem says so, whatever {@code
   * --on_bad_image} is.
   */
  private List<String> missing(
      String location,
      List<Numbered> rows,
      String what,
      Predicate<ContainedRow> lacks,
      String otherwise) {
    List<Numbered> found = rows.stream().filter(row -> lacks.test(row.row())).toList();
    if (found.size() == rows.size()) {
      return List.of(
          String.format(
              Locale.ROOT,
              "Missing %ss: none of the %d rows of %s has a %s, the first %s; %s",
              what,
              rows.size(),
              location,
              what,
              words(found.get(0).row(), what),
              otherwise));
    }
    return config.onBadImage() == BadImages.SKIP
        ? List.of()
        : FirstProblems.of(
            found.stream()
                .map(
                    row ->
                        String.format(
                            Locale.ROOT,
                            "Missing %s: %s of %s %s; %s",
                            what,
                            row.row().place(),
                            row.file().path(),
                            words(row.row(), what),
                            config.onBadImage().cure("add one")))
                .toList(),
            "rows without a " + what);
  }

  private static String words(ContainedRow row, String what) {
    return what.equals("picture") ? row.noPicture() : row.noCaption();
  }

  private static void throwAll(List<String> problems) {
    if (!problems.isEmpty()) {
      throw new InvalidInputException(
          InvalidInputException.Kind.DATA, FirstProblems.of(problems, "problems like these"));
    }
  }
}
