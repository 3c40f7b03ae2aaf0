package org.sparklora.spark.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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

  private static List<String> prompts(Path place) {
    String location = "file://" + place;
    SparkSession spark = SparkTestSession.get();
    PromptsConfig config = new PromptsConfig(location, "prompt", "", false);
    return PromptTable.open(spark, config, PromptFormat.of(location, HADOOP))
        .rows()
        .collectAsList()
        .stream()
        .map((Row row) -> row.<String>getAs("prompt"))
        .toList();
  }
}
