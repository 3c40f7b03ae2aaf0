package org.sparklora.data.file;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.fs.FileStatus;
import org.junit.jupiter.api.Test;

class DataSplitsTest {
  /**
   * Made with {@code datasets} 5.2.0 on random names: the files, a tab, and each split with its
   * files. What it lists twice in a split stands there once.
   */
  private static final Path CASES = Path.of("src/test/resources/splits/hugging-face.tsv");

  @Test
  void splitsAreThoseOfHuggingFace() throws IOException {
    List<String> cases = Files.readAllLines(CASES);
    assertThat(cases).hasSizeGreaterThan(200);
    for (String line : cases) {
      String[] parts = line.split("\t", -1);
      assertThat(splits(parts[0].split("\\|", -1))).as(parts[0]).isEqualTo(parts[1]);
    }
  }

  @Test
  void partitionsOfSparkAreSplits() {
    assertThat(splits("split=test/a.parquet", "split=train/b.parquet"))
        .isEqualTo("test:split=test/a.parquet;train:split=train/b.parquet");
    assertThat(splits("Split=rest/a.parquet", "Split=training/b.parquet"))
        .isEqualTo("rest:Split=rest/a.parquet;train:Split=training/b.parquet");
    assertThat(splits("year=2020/fold=dev/a.parquet", "year=2021/b.parquet"))
        .isEqualTo("validation:year=2020/fold=dev/a.parquet");
    assertThat(splits("year=2020/a.parquet", "year=2021/b.parquet"))
        .isEqualTo("train:year=2020/a.parquet|year=2021/b.parquet");
  }

  private static String splits(String... names) {
    Map<String, List<FoundFile>> splits =
        DataSplits.of(Arrays.stream(names).map(DataSplitsTest::file).toList());
    return new TreeMap<>(splits)
        .entrySet().stream()
            .map(
                split ->
                    split.getKey()
                        + ":"
                        + split.getValue().stream().map(FoundFile::name).collect(joining("|")))
            .collect(joining(";"));
  }

  private static FoundFile file(String name) {
    return new FoundFile(
        name, new FileStatus(0, false, 1, 1, 0, new org.apache.hadoop.fs.Path("/root/" + name)));
  }
}
