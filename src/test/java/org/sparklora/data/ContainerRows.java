package org.sparklora.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.sparklora.data.row.ImageDataset;
import org.sparklora.data.row.ImageRow;
import org.sparklora.data.row.ImageRows;
import org.sparklora.data.row.RowRange;
import org.sparklora.util.ContentHash;

/** The rows of tars and Arrow files, beside what {@code datasets} reads of them. */
public final class ContainerRows {
  /** Written by the real packages (container_fixtures.py). */
  public static final Path FIXTURES = Path.of("src/test/resources/containers");

  private ContainerRows() {}

  static DataConfig config(String data, String image, String caption) {
    DataConfig config = TestDataset.config(data, 8);
    return TestDataset.with(config, new ColumnConfig(image, caption, "", Optional.empty(), ""));
  }

  /** The rows in their order. */
  private static List<ImageRow> rows(ImageDataset dataset, Configuration configuration)
      throws IOException {
    List<ImageRow> rows = new ArrayList<>();
    for (RowRange range : dataset.ranges()) {
      assertThat(range.firstId()).isEqualTo(rows.size());
      try (ImageRows reader = range.open(configuration)) {
        for (Optional<ImageRow> row = reader.next(); row.isPresent(); row = reader.next()) {
          assertThat(row.get().id()).isEqualTo(rows.size());
          rows.add(row.get());
        }
      }
    }
    return rows;
  }

  /** The SHA-256 of each picture, and its captions. */
  static List<List<Object>> read(ImageDataset dataset, Configuration configuration)
      throws IOException {
    return rows(dataset, configuration).stream()
        .map(
            row ->
                List.<Object>of(row.image().map(ContainerRows::sha256).orElse(""), row.captions()))
        .toList();
  }

  static String sha256(byte[] bytes) {
    var digest = ContentHash.sha256();
    digest.update(bytes);
    return ContentHash.hex(digest);
  }

  /** What {@code datasets} reads of a fixture. */
  static List<List<Object>> expected(String name) throws IOException {
    List<List<Object>> rows = new ArrayList<>();
    for (JsonNode row : JSON.readTree(FIXTURES.resolve("expected.json").toFile()).get(name)) {
      List<String> captions = new ArrayList<>();
      row.get(1).forEach(caption -> captions.add(caption.asText()));
      rows.add(List.of(row.get(0).asText(), captions));
    }
    assertThat(rows).isNotEmpty();
    return rows;
  }

  /** Writes a fixture's pictures and captions as files, in their order. */
  public static void unpack(String name, Path folder) throws IOException {
    Configuration configuration = new Configuration();
    DataConfig config = config(FIXTURES.resolve(name).toString(), "image", "text");
    Files.createDirectories(folder);
    for (ImageRow row : rows(new DatasetFolder(configuration).open(config), configuration)) {
      Path file = folder.resolve("%03d.png".formatted(row.id()));
      Files.write(file, row.image().orElseThrow());
      Files.writeString(
          folder.resolve("%03d.txt".formatted(row.id())), String.join("", row.captions()));
    }
  }
}
