package org.sparklora.spark.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.TableConfig;
import org.sparklora.data.TestDataset;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.util.InvalidInputException;

/** Tables of prompts in places with names of all kinds. */
@Tag("long")
class PromptTableTest {
  private static final Configuration HADOOP = new Configuration();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"a [1] {x}*/p", "one?two", "{a,b}", "back\\\\slash, and comma", "[!a]", "%20 50%"})
  void aPlaceIsReadAsItIsWritten(String name) throws IOException {
    Path other = Files.createDirectories(folder.resolve("a 1 xyz/p"));
    Files.writeString(other.resolve("no.txt"), "not this");
    Path place = Files.createDirectories(folder.resolve(name));
    Files.writeString(place.resolve("p.txt"), "a red apple\n");
    assertThat(prompts(place)).containsExactly("a red apple");
    assertThat(prompts(place.resolve("p.txt"))).containsExactly("a red apple");
    Files.delete(place.resolve("p.txt"));
    Files.writeString(place.resolve("p.csv"), "prompt\na green pear\n");
    assertThat(prompts(place)).containsExactly("a green pear");
    Files.delete(place.resolve("p.csv"));
    TestDataset.write(
        place.resolve("p.parquet"),
        MessageTypeParser.parseMessageType("message m { required binary prompt (STRING); }"),
        List.of(row -> row.add("prompt", "a blue plum")));
    assertThat(prompts(place)).containsExactly("a blue plum");
  }

  @Test
  void namesThatSparkPassesOverAreToldAndNotReadAsNothing() throws IOException {
    Path hidden = Files.writeString(folder.resolve("_prompts.txt"), "a red apple\n");
    assertThatThrownBy(() -> prompts(hidden))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("Spark passes over names that begin with _ or a point, rename them");
    Files.createDirectories(folder.resolve("_temporary/0"));
    Files.writeString(folder.resolve("_temporary/0/p.csv"), "prompt\nx\n");
    Files.writeString(folder.resolve("p.txt"), "a green pear\n");
    assertThat(prompts(folder)).containsExactly("a green pear");
  }

  /** A tab, a space that does not break, one of no width, and Hangul's filler. */
  @Test
  void invisiblePromptsAreNotDrawn() throws IOException {
    Files.writeString(folder.resolve("p.txt"), "\t\n\u00A0\n\u200B\n\u3164\na green pear\n");
    assertThat(prompts(folder)).containsExactly("a green pear");
  }

  @Test
  void aTableOfDeltaIsNotReadAsLooseParquet() throws IOException {
    TestDataset.write(
        folder.resolve("p.parquet"),
        MessageTypeParser.parseMessageType("message m { required binary prompt (STRING); }"),
        List.of());
    Files.createDirectories(folder.resolve("_delta_log"));
    Files.writeString(folder.resolve("_delta_log/00000000000000000000.json"), "{}");
    assertThatThrownBy(() -> prompts(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Unsupported --prompts: ")
        .hasMessageContaining("is a table of Delta");
  }

  @Test
  void aViewOfTheCatalogAndAQueryAreTablesOfPromptsToo() {
    SparkSession spark = SparkTestSession.get();
    spark.sql("SELECT 'a red apple' AS text, 7 AS seed").createOrReplaceTempView("wanted");
    PromptsConfig view = named("table", "wanted");
    PromptsConfig query = named("sql", "SELECT upper(text) AS text FROM wanted");
    assertThat(prompts(PromptTable.open(spark, view, Optional.empty())))
        .containsExactly("a red apple");
    assertThat(prompts(PromptTable.open(spark, query, Optional.empty())))
        .containsExactly("A RED APPLE");
    assertThat(query.place()).as("no folder").isEmpty();
    assertThatThrownBy(() -> PromptTable.open(spark, named("table", "none"), Optional.empty()))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Cannot read --prompts: none as --prompts_format table: ");
  }

  private static PromptsConfig named(String format, String name) {
    TableConfig table = new TableConfig(format, name, Map.of(), "");
    return new PromptsConfig(name, Optional.of(table), "text", "", false);
  }

  private static List<String> prompts(Path place) {
    String location = "file://" + place;
    SparkSession spark = SparkTestSession.get();
    PromptsConfig config = new PromptsConfig(location, Optional.empty(), "prompt", "", false);
    return prompts(PromptTable.open(spark, config, Optional.of(PromptFormat.of(location, HADOOP))));
  }

  private static List<String> prompts(PromptTable table) {
    return table.rows().collectAsList().stream()
        .map((Row row) -> row.<String>getAs("prompt"))
        .toList();
  }
}
