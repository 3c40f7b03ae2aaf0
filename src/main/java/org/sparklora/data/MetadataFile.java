package org.sparklora.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.sparklora.NearestName;
import org.sparklora.data.CsvRows.CsvRow;

/**
 * A {@code metadata.jsonl} or {@code metadata.csv}, with which Hugging Face's imagefolder tells
 * pictures' captions: a row a picture, with {@code file_name} below the file's folder.
 *
 * @param path for messages
 * @param rows those that name a picture
 * @param problems what cannot be read
 */
record MetadataFile(String path, List<MetadataRow> rows, List<String> problems) {
  static final String JSONL = "metadata.jsonl";
  static final String CSV = "metadata.csv";

  private static final String FILE_NAME = "file_name";
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * A picture's row.
   *
   * @param line where it stands, from 1
   * @param picture its path below the data set's folder
   * @param captions empty where the row has none
   */
  record MetadataRow(int line, String picture, List<String> captions) {}

  /** A row of either format. */
  private record Fields(int line, ObjectNode values) {}

  static boolean isOne(FoundFile file) {
    return file.lastName().equals(JSONL) || file.lastName().equals(CSV);
  }

  static MetadataFile read(FoundFile file, String captionColumn, Configuration configuration) {
    List<String> problems = new ArrayList<>();
    List<MetadataRow> rows = new ArrayList<>();
    List<Fields> fields = fields(file, configuration, problems);
    Set<String> columns = new LinkedHashSet<>();
    fields.forEach(row -> row.values().fieldNames().forEachRemaining(columns::add));
    requireColumn(FILE_NAME, "the picture", columns, file, problems);
    requireColumn(captionColumn, "--caption_column", columns, file, problems);
    if (problems.isEmpty()) {
      for (Fields row : fields) {
        rows.add(row(row, file, captionColumn, problems));
      }
    }
    return new MetadataFile(file.path(), rows, problems);
  }

  private static void requireColumn(
      String column, String what, Set<String> columns, FoundFile file, List<String> problems) {
    if (!columns.contains(column) && problems.isEmpty()) {
      problems.add(
          "Missing column: %s (%s) in %s; its columns are %s%s"
              .formatted(
                  column,
                  what,
                  file.path(),
                  String.join(", ", columns),
                  NearestName.of(column, List.copyOf(columns))
                      .map(name -> ", did you mean " + name + "?")
                      .orElse("")));
    }
  }

  private static MetadataRow row(
      Fields row, FoundFile file, String captionColumn, List<String> problems) {
    JsonNode name = row.values().path(FILE_NAME);
    if (!name.isTextual() || name.textValue().isBlank()) {
      problems.add(
          "Invalid metadata: line %d of %s has no file_name".formatted(row.line(), file.path()));
    }
    Optional<List<String>> captions = captions(row.values().path(captionColumn));
    if (captions.isEmpty()) {
      problems.add(
          "Invalid metadata: line %d of %s: %s is neither a text nor a list of texts"
              .formatted(row.line(), file.path(), captionColumn));
    }
    return new MetadataRow(
        row.line(), below(file.folder(), name.asText(FILE_NAME)), captions.orElse(List.of()));
  }

  /** Not by Hadoop's Path, which takes what stands before a colon for a scheme. */
  private static String below(String folder, String name) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : (folder + "/" + name).split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return String.join("/", parts);
  }

  /** Empty when the value is no caption. */
  private static Optional<List<String>> captions(JsonNode value) {
    if (value.isTextual()) {
      return Optional.of(CaptionText.captions(value.textValue()));
    }
    List<String> captions = new ArrayList<>();
    for (JsonNode element : value) {
      captions.add(element.asText());
    }
    return value.isNull() || value.isMissingNode() || value.isArray()
        ? Optional.of(captions)
        : Optional.empty();
  }

  private static List<Fields> fields(
      FoundFile file, Configuration configuration, List<String> problems) {
    Path path = file.status().getPath();
    try (InputStream in = path.getFileSystem(configuration).open(path)) {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in.readAllBytes())).toString();
      String unmarked = text.startsWith("\uFEFF") ? text.substring(1) : text;
      return file.lastName().equals(JSONL)
          ? jsonRows(unmarked, file, problems)
          : csvRows(unmarked, file, problems);
    } catch (CharacterCodingException e) {
      problems.add("Cannot read metadata: %s: it is not UTF-8; write it anew".formatted(path));
    } catch (IOException e) {
      problems.add("Cannot read metadata: %s: %s".formatted(path, e.getMessage()));
    }
    return List.of();
  }

  private static List<Fields> jsonRows(String text, FoundFile file, List<String> problems) {
    List<Fields> rows = new ArrayList<>();
    List<String> lines = text.lines().toList();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      try {
        if (JSON.readTree(lines.get(i)) instanceof ObjectNode object) {
          rows.add(new Fields(i + 1, object));
          continue;
        }
      } catch (JsonProcessingException e) {
        // Said below, with the line.
      }
      problems.add(
          "Invalid metadata: line %d of %s is no JSON object".formatted(i + 1, file.path()));
    }
    return rows;
  }

  private static List<Fields> csvRows(String text, FoundFile file, List<String> problems) {
    List<CsvRow> rows = CsvRows.of(text);
    if (rows.isEmpty()) {
      return List.of();
    }
    List<String> header = rows.get(0).cells();
    List<Fields> fields = new ArrayList<>();
    for (CsvRow row : rows.subList(1, rows.size())) {
      if (row.cells().size() != header.size()) {
        problems.add(
            "Invalid metadata: line %d of %s has %d cells, the header %d; put cells with commas in"
                    .formatted(row.line(), file.path(), row.cells().size(), header.size())
                + " double quotes");
        continue;
      }
      ObjectNode values = JsonNodeFactory.instance.objectNode();
      for (int i = 0; i < header.size(); i++) {
        values.put(header.get(i), row.cells().get(i));
      }
      fields.add(new Fields(row.line(), values));
    }
    return fields;
  }
}
