package org.sparklora.spark.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.data.TableConfig;
import org.sparklora.data.TestDataset;
import org.sparklora.spark.SparkTestSession;
import org.sparklora.util.InvalidInputException;

@Tag("long")
class PinnedTableTest {
  @TempDir private Path folder;

  /** Its files may hold rows that were removed. */
  @Test
  void looseFilesOfATableWithALogAreRefused() throws IOException {
    write(folder.resolve("part-0.parquet"));
    Files.createDirectories(folder.resolve("_delta_log"));
    Files.writeString(folder.resolve("_delta_log/00000000000000000000.json"), "{}");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageStartingWith("Unsupported --dataset_name: ")
        .hasMessageContaining("is a table of Delta")
        .hasMessageContaining("--dataset_format");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run[1]", "a {b,c}*", "what?"})
  void aFolderIsReadAsItIsWritten(String name) throws IOException {
    Path other = Files.createDirectories(folder.resolve("run1"));
    write(other.resolve("part-0.parquet"));
    write(other.resolve("part-1.parquet"));
    Path place = Files.createDirectories(folder.resolve(name));
    write(place.resolve("part-0.parquet"));
    assertThat(open(place).rows().count()).isEqualTo(1);
  }

  private static PinnedTable open(Path place) {
    return PinnedTable.open(
        SparkTestSession.get(), new TableConfig("parquet", "file://" + place, Map.of(), ""));
  }

  private static void write(Path file) throws IOException {
    TestDataset.write(
        file,
        TestDataset.HUGGING_FACE,
        List.of(TestDataset.row(TestDataset.png(8, 8, 0xff0000), "a red square")));
  }
}
