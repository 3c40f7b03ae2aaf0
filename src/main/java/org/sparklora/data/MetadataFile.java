package org.sparklora.data;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.caption.CaptionText;
import org.sparklora.data.file.FoundFile;
import org.sparklora.util.NearestName;

/**
 * A {@code metadata.jsonl}, {@code metadata.csv} or {@code metadata.parquet}, which holds captions
 * of pictures in the form of Hugging Face's imagefolder: one row for each picture, with {@code
 * file_name} below the file's folder.
 *
 * @param path for messages
 * @param rows that name a picture
 * @param problems of rows that cannot be read
 */
record MetadataFile(String path, List<MetadataRow> rows, List<String> problems) {
  static final String JSONL = "metadata.jsonl";
  static final String CSV = "metadata.csv";
  static final String PARQUET = "metadata.parquet";
  static final List<String> NAMES = List.of(JSONL, CSV, PARQUET);

  private static final String FILE_NAME = "file_name";
  private static final String FILE_NAMES = "file_names";

  /**
   * A picture's row.
   *
   * @param place of the row, for messages
   * @param name of the picture, as written in the row
   * @param captions empty if the row has none, or only blank ones
   */
  record MetadataRow(String place, String name, List<String> captions) {}

  static boolean isOne(FoundFile file) {
    return NAMES.contains(file.lastName());
  }

  static MetadataFile read(FoundFile file, DataConfig config, Configuration configuration) {
    MetadataRows read = MetadataRows.read(file, configuration);
    List<String> problems = new ArrayList<>(read.problems());
    List<MetadataRow> rows = new ArrayList<>();
    Set<String> columns = read.columns();
    if (read.rows().isEmpty() && problems.isEmpty()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Invalid metadata: %s has no rows; each picture needs one",
              file.path()));
    }
    if (!columns.contains(FILE_NAME) && columns.contains(FILE_NAMES)) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Unsupported metadata: %s has %s, several pictures in a row; write a row for each"
                  + " picture, with %s",
              file.path(),
              FILE_NAMES,
              FILE_NAME));
    }
    String nameColumn = nameColumn(config.imageColumn(), columns);
    requireColumn(nameColumn, "the picture", columns, file, problems);
    requireColumn(config.captionColumn(), "--caption_column", columns, file, problems);
    if (problems.isEmpty()) {
      for (MetadataRows.Row row : read.rows()) {
        rows.add(row(row, file, nameColumn, config.captionColumn(), problems));
      }
    }
    return new MetadataFile(file.path(), rows, problems);
  }

  /**
   * As in {@code datasets}, {@code image_file_name} holds the path for the column {@code image}.
   */
  private static String nameColumn(String imageColumn, Set<String> columns) {
    String own = imageColumn + "_" + FILE_NAME;
    return !columns.contains(FILE_NAME) && columns.contains(own) ? own : FILE_NAME;
  }

  private static void requireColumn(
      String column, String what, Set<String> columns, FoundFile file, List<String> problems) {
    if (!columns.contains(column) && problems.isEmpty()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Missing column: %s (%s) in %s; its columns are %s%s",
              column,
              what,
              file.path(),
              String.join(", ", columns),
              NearestName.likely(column, List.copyOf(columns))
                  .map(name -> ", did you mean " + name + "?")
                  .orElse("")));
    }
  }

  private static MetadataRow row(
      MetadataRows.Row row,
      FoundFile file,
      String nameColumn,
      String captionColumn,
      List<String> problems) {
    JsonNode name = row.values().path(nameColumn);
    if (!name.isTextual() || name.textValue().isBlank()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Invalid metadata: %s of %s has no %s",
              row.place(),
              file.path(),
              nameColumn));
    }
    Optional<List<String>> captions = captions(row.values().path(captionColumn));
    if (captions.isEmpty()) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Invalid metadata: %s of %s: %s is neither a text nor a list of texts",
              row.place(),
              file.path(),
              captionColumn));
    }
    return new MetadataRow(row.place(), name.asText(nameColumn), captions.orElse(List.of()));
  }

  /** Reads a value as captions; empty if it is neither text nor a list of texts. */
  private static Optional<List<String>> captions(JsonNode value) {
    if (value.isTextual()) {
      return Optional.of(CaptionText.captions(value.textValue()));
    }
    if (!value.isNull() && !value.isMissingNode() && !value.isArray()) {
      return Optional.empty();
    }
    List<String> captions = new ArrayList<>();
    for (JsonNode element : value) {
      if (element.isTextual()) {
        captions.add(element.textValue());
      } else if (!element.isNull()) {
        return Optional.empty();
      }
    }
    return Optional.of(CaptionText.present(captions));
  }
}
