package org.sparklora.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.data.caption.Captions;
import org.sparklora.data.parquet.DataFile;
import org.sparklora.data.parquet.ImageColumns;
import org.sparklora.data.row.ParquetDataset;
import org.sparklora.data.row.RowRange;

class RangeTasksTest {
  /** Ten row groups of 160 rows, each cut into ten ranges. */
  private static final int GROUPS = 10;

  @ParameterizedTest
  @CsvSource({"8, 2", "40, 10", "1, 1", "10, 3", "99, 10"})
  void aTaskTakesRowGroupsWithoutPageIndexWhole(int tasks, int slots) {
    List<List<Integer>> taken = RangeTasks.of(ranges(false), tasks, slots);
    assertThat(taken).hasSize(Math.min(tasks, GROUPS));
    assertThat(taken).allMatch(task -> task.get(0) % 10 == 0 && task.size() % 10 == 0);
    requireAll(taken);
  }

  @Test
  void slotsThatWouldBeIdleShareARowGroup() {
    List<List<Integer>> taken = RangeTasks.of(ranges(false), 64, 16);
    assertThat(taken).hasSize(16).allMatch(task -> task.size() >= 6 && task.size() <= 7);
    requireAll(taken);
  }

  @Test
  void rangesOfAFileWithPageIndexAreSpreadFreely() {
    List<List<Integer>> taken = RangeTasks.of(ranges(true), 64, 16);
    assertThat(taken).hasSize(64);
    requireAll(taken);
  }

  private static void requireAll(List<List<Integer>> taken) {
    List<Integer> all = new ArrayList<>();
    taken.forEach(all::addAll);
    assertThat(all).isEqualTo(IntStream.range(0, all.size()).boxed().toList()).hasSize(100);
  }

  private static List<RowRange> ranges(boolean divisible) {
    long[] groups = LongStream.generate(() -> 160).limit(GROUPS).toArray();
    DataFile file = new DataFile("/a", "a", "", 0, groups, divisible);
    ImageColumns columns = new ImageColumns("image", new Captions.Column("text"), "");
    return new ParquetDataset(
            "/", List.of(file), columns, Optional.empty(), Optional.empty(), List.of())
        .ranges();
  }
}
