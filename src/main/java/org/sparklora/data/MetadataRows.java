package org.sparklora.data;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.data.CsvRows.CsvRow;
import org.sparklora.data.file.FoundFile;
import org.sparklora.data.parquet.FooterCheck;
import org.sparklora.store.StoreFile;
import org.sparklora.store.WholeFile;
import org.sparklora.util.ForeignFile;

/**
 * The rows of a metadata file of any format.
 *
 * @param rows in their order
 * @param problems what cannot be read
 */
record MetadataRows(List<Row> rows, List<String> problems) {
  /** About 500,000 rows. More pictures than that should be in Parquet files. */
  private static final long MOST_BYTES = 128L << 20;

  /** The texts that pandas, with which {@code datasets} reads CSV, takes for a missing value. */
  private static final Set<String> NO_VALUE =
      Set.of(
          "",
          "#N/A",
          "#N/A N/A",
          "#NA",
          "-1.#IND",
          "-1.#QNAN",
          "-NaN",
          "-nan",
          "1.#IND",
          "1.#QNAN",
          "<NA>",
          "N/A",
          "NA",
          "NULL",
          "NaN",
          "None",
          "n/a",
          "nan",
          "null");

  /**
   * A row.
   *
   * @param place of the row, for messages: a line from 1, or a row from 0
   */
  record Row(String place, ObjectNode values) {}

  static MetadataRows read(FoundFile file, Configuration configuration) {
    List<String> problems = new ArrayList<>();
    return new MetadataRows(rows(file, configuration, problems), problems);
  }

  /** The names of all columns that have a value. */
  Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    rows.forEach(row -> row.values().fieldNames().forEachRemaining(columns::add));
    return columns;
  }

  private static List<Row> rows(
      FoundFile file, Configuration configuration, List<String> problems) {
    Path path = file.status().getPath();
    if (file.lastName().equals(MetadataFile.PARQUET)) {
      try {
        return MetadataTable.read(file, configuration);
      } catch (IOException | RuntimeException e) {
        // Parquet throws either of these for damaged files.
        problems.add(FooterCheck.unreadable(path, e, configuration));
        return List.of();
      }
    }
    try {
      byte[] content =
          WholeFile.read(StoreFile.of(path, configuration).fileSystem(), file.status(), MOST_BYTES);
      Optional<ForeignFile> foreign = ForeignFile.of(content);
      if (foreign.isPresent()) {
        problems.add(
            String.format(Locale.ROOT, "Cannot read metadata: %s: %s", path, foreign.get().text()));
        return List.of();
      }
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
      return file.lastName().equals(MetadataFile.JSONL)
          ? jsonRows(unmarked, file, problems)
          : csvRows(unmarked, file, problems);
    } catch (CharacterCodingException e) {
      problems.add(
          String.format(
              Locale.ROOT, "Cannot read metadata: %s: it is not UTF-8; write it anew", path));
    } catch (IOException e) {
      problems.add(
          String.format(Locale.ROOT, "Cannot read metadata: %s: %s", path, e.getMessage()));
    }
    return List.of();
  }

  private static List<Row> jsonRows(String text, FoundFile file, List<String> problems) {
    List<Row> rows = new ArrayList<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      try {
        if (JSON.readTree(lines.get(i)) instanceof ObjectNode object) {
          rows.add(new Row("line " + (i + 1), object));
          continue;
        }
      } catch (JsonProcessingException e) {
        // The message below has the line.
      }
      problems.add(
          String.format(
              Locale.ROOT,
              "Invalid metadata: line %d of %s is no JSON object",
              i + 1,
              file.path()));
    }
    return rows;
  }

  private static List<Row> csvRows(String text, FoundFile file, List<String> problems) {
    List<CsvRow> rows = CsvRows.of(text);
    if (rows.isEmpty()) {
      return List.of();
    }
    List<String> header = rows.get(0).cells();
    if (header.size() == 1 && header.get(0).matches("(?s).*[;\t|].*")) {
      problems.add(
          String.format(
              Locale.ROOT,
              "Invalid metadata: %s: its header, %s, is one cell; separate cells by commas",
              file.path(),
              header.get(0)));
      return List.of();
    }
    List<Row> read = new ArrayList<>();
    for (CsvRow row : rows.subList(1, rows.size())) {
      if (row.cells().size() != header.size()) {
        problems.add(
            String.format(
                    Locale.ROOT,
                    "Invalid metadata: line %d of %s has %d cells, the header %d; put cells with"
                        + " commas in",
                    row.line(),
                    file.path(),
                    row.cells().size(),
                    header.size())
                + " double quotes");
        continue;
      }
      ObjectNode values = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < header.size(); i++) {
        String cell = row.cells().get(i);
        values.put(header.get(i), NO_VALUE.contains(cell) ? null : cell);
      }
      read.add(new Row("line " + row.line(), values));
    }
    return read;
  }
}
