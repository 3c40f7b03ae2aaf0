package org.sparklora.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sparklora.data.order.TrainSubset;
import org.sparklora.data.parquet.EmbeddingCode;
import org.sparklora.data.parquet.ProbedRows.ProbedRow;

/**
 * Builds the messages about rows of Parquet files that lack a picture or a caption.
 *
 * @param config the columns that are read
 * @param location of the data set, for messages
 * @param rows of the data set
 */
record IncompleteRows(DataConfig config, String location, long rows) {
  /**
   * The problems that end the run; empty if the rows are left out instead.
   *
   * @param incomplete rows, among those that are trained on
   */
  List<String> problems(List<ProbedRow> incomplete) {
    TrainSubset subset = new TrainSubset(config.seed(), rows, config.maxTrainSamples());
    List<ProbedRow> kept = incomplete.stream().filter(row -> subset.contains(row.id())).toList();
    List<ProbedRow> pictures = kept.stream().filter(row -> !row.hasPicture()).toList();
    List<String> problems = new ArrayList<>();
    if (pictures.size() == subset.size()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Missing images: no row of %s has a picture, %s is null or empty in all %d; write the"
                  + " pictures' bytes into it",
              location,
              config.imageColumn(),
              subset.size()));
    } else if (config.onBadImage() == BadImages.FAIL) {
      problems.addAll(
          FirstProblems.of(
              pictures.stream().map(this::noPicture).toList(), "rows without a picture"));
    }
    problems.addAll(withoutCaption(kept));
    return problems;
  }

  /** The same for missing captions only. */
  List<String> withoutCaption(List<ProbedRow> incomplete) {
    TrainSubset subset = new TrainSubset(config.seed(), rows, config.maxTrainSamples());
    List<ProbedRow> captions =
        incomplete.stream()
            .filter(row -> row.captions().isEmpty() && subset.contains(row.id()))
            .toList();
    if (captions.size() == subset.size()) {
      return List.of(
          String.format(
              Locale.ROOT,
              "Missing captions: no row of %s has a caption, %s is null or blank in all %d; name"
                  + " another --caption_column, or give --instance_prompt",
              location,
              config.captionColumn(),
              subset.size()));
    }
    return config.onBadImage() == BadImages.FAIL
        ? FirstProblems.of(
            captions.stream().map(this::noCaption).toList(), "rows without a caption")
        : List.of();
  }

  private String noPicture(ProbedRow row) {
    return String.format(
        Locale.ROOT,
        "Missing image: row %d of %s has %s; %s",
        row.row(),
        row.file().path(),
        row.path().map(path -> "the path " + path + " and no bytes").orElse("no bytes"),
        config.onBadImage().cure("embed it: " + EmbeddingCode.ofFile(config.imageColumn())));
  }

  private String noCaption(ProbedRow row) {
    return String.format(
        Locale.ROOT,
        "Missing caption: row %d of %s has a blank one in %s; %s",
        row.row(),
        row.file().path(),
        config.captionColumn(),
        config.onBadImage().cure("write one"));
  }
}
