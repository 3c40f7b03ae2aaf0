package org.sparklora.data.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SetBalanceTest {
  private static final int BATCH = 2;

  /** Counts by the rule of sd-scripts for sets of 4 and 3 pictures, of which each appears once. */
  @ParameterizedTest
  @CsvSource({"3, 3, 0", "4, 4, 0", "6, 4, 2", "7, 4, 3", "9, 6, 3", "12, 8, 4", "25, 16, 9"})
  void setsAreTakenInTheirOrderUntilThereAreEnough(int trained, long first, long second) {
    assertThat(level(new long[] {trained, 4, 3}, trained, 4, 3))
        .containsExactly(trained, first, second);
  }

  /** Repeats count in the first round only: later ones add each picture once. */
  @ParameterizedTest
  @CsvSource({"6, 6, 0", "9, 8, 1", "14, 8, 6", "16, 10, 6", "21, 12, 9"})
  void repeatsOfRegularisationCountOnce(int trained, long first, long second) {
    assertThat(level(new long[] {trained, 4, 3}, trained, 8, 6))
        .containsExactly(trained, first, second);
  }

  @Test
  void aDataSetsShareIsSpreadOverItsSizes() {
    long[] samples = {10, 6, 2, 4};
    long[] appearances = samples.clone();
    new SetBalance(List.of(0), List.of(1)).level(appearances, samples, new int[] {0, 1, 1, 1});
    assertThat(appearances).containsExactly(10, 5, 1, 4);
  }

  @Test
  void anEpochHasAsManyForRegularisationAsOthers() {
    // 2 pictures ten times; 7 of regularisation, some three times, in two sizes.
    long[] samples = {2, 5, 2};
    Appearances appearances =
        new Appearances(
            new int[] {0, 0, 1},
            new int[] {10, 1, 1},
            new int[] {0, 1, 1},
            List.of(new SetBalance(List.of(0), List.of(1))));
    assertThat(appearances.count(samples)).isEqualTo(40);
    SampleOrder order = appearances.order(7, samples, BATCH);
    Map<Long, Integer> counts = new TreeMap<>();
    Map<Long, Set<Long>> rounds = new TreeMap<>();
    for (long slot = 0; slot < order.epochSlots(); slot++) {
      long place = order.at(slot);
      counts.merge(place, 1, Integer::sum);
      rounds.computeIfAbsent(place, it -> new HashSet<>()).add(order.round(slot));
      assertThat(order.isRegularisation(slot)).isEqualTo(place >= 2);
    }
    assertThat(counts.get(0L) + counts.get(1L)).isEqualTo(20);
    assertThat(LongStream.range(2, 9).map(counts::get)).allMatch(times -> times == 2 || times == 3);
    assertThat(LongStream.range(2, 9).map(counts::get).sum()).isEqualTo(20);
    rounds.forEach((place, drawn) -> assertThat(drawn).hasSize(counts.get(place)));
  }

  @Test
  void aSizeOfWhichNothingIsTakenIsPassedOver() {
    // One picture is trained on; of three for regularisation the first, of another size.
    long[] samples = {1, 2, 1};
    Appearances appearances =
        new Appearances(
            new int[] {0, 1, 2},
            new int[] {1, 1, 1},
            new int[] {1, 2, 0},
            List.of(new SetBalance(List.of(0), List.of(1, 2))));
    SampleOrder order = appearances.order(7, samples, 1);
    assertThat(order.epochSlots()).isEqualTo(2);
    assertThat(LongStream.range(0, 2).map(order::at)).containsExactlyInAnyOrder(0L, 3L);
    assertThat(LongStream.range(0, 2).filter(order::isRegularisation).map(order::at))
        .containsExactly(0L);
  }

  private static long[] level(long[] samples, long... appearances) {
    new SetBalance(List.of(0), List.of(1, 2)).level(appearances, samples, new int[] {0, 1, 2});
    return appearances;
  }
}
