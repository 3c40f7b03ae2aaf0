package org.sparklora.data;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.parquet.EmbeddingCode;
import org.sparklora.data.parquet.ProbedRows.ProbedRow;
import org.sparklora.data.row.Picture;
import org.sparklora.util.InvalidInputException;

/**
 * Makes a data set of Parquet files that hold paths of pictures and no bytes, as {@code datasets}
 * writes a folder of pictures with {@code to_parquet}. Each picture is read from its path. A
 * relative path is looked for beside the Parquet file, then in the data set's folder.
 */
record PicturePaths(DataConfig config, String location, Configuration configuration) {
  /** A picture, or why there is none. */
  private record Found(Optional<Picture> picture, String problem) {}

  /**
   * Finds the pictures.
   *
   * @param rows of the data set, all of them
   * @throws InvalidInputException where a path cannot be reached
   */
  List<Picture> pictures(List<ProbedRow> rows) {
    Found first = find(rows.get(0));
    if (first.picture().isEmpty()) {
      throw InvalidInputException.data(
          String.format(
              Locale.ROOT,
              "Missing images: %s holds paths of pictures and no bytes, and the first cannot be"
                  + " read: %s; embed the pictures where they are: %s",
              location,
              first.problem(),
              EmbeddingCode.ofFile(config.imageColumn())));
    }
    List<Picture> pictures = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (Found found : ParallelReads.map(rows, this::find, location)) {
      found.picture().ifPresentOrElse(pictures::add, () -> problems.add(found.problem()));
    }
    if (!problems.isEmpty()) {
      throw new InvalidInputException(
          InvalidInputException.Kind.DATA, FirstProblems.of(problems, "rows without a picture"));
    }
    return pictures;
  }

  private Found find(ProbedRow row) {
    String written = row.path().orElseThrow();
    for (String place : places(row, written)) {
      try {
        Path path = new Path(place);
        FoundFile file =
            new FoundFile(written, path.getFileSystem(configuration).getFileStatus(path));
        if (file.status().isFile()) {
          List<String> captions = config.prompt().map(List::of).orElse(row.captions());
          return new Found(
              Optional.of(Picture.of(file, captions, Optional.empty(), configuration)), "");
        }
      } catch (IOException | IllegalArgumentException e) {
        // The message below says where the picture was looked for.
      }
    }
    return new Found(
        Optional.empty(),
        String.format(
            Locale.ROOT,
            "Missing picture: %s, in row %d of %s, is not there",
            written,
            row.row(),
            row.file().path()));
  }

  /** The places to look for a path. Web addresses and members of archives are not paths. */
  private List<String> places(ProbedRow row, String written) {
    String scheme = written.replaceFirst(":.*", "").toLowerCase(Locale.ROOT);
    if (List.of("http", "https", "ftp", "zip", "data").contains(scheme)) {
      return List.of();
    }
    if (written.startsWith("/") || written.contains("://")) {
      return List.of(written);
    }
    String beside = new Path(row.file().path()).getParent().toString();
    String slashes = written.replace('\\', '/'); // as Windows writes a path
    return Stream.of(written, slashes)
        .distinct()
        .flatMap(path -> Stream.of(beside + "/" + path, location + "/" + path))
        .toList();
  }
}
