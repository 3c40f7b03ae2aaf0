package org.sparklora.data.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class AppearancesTest {
  private static final int BATCH = 3;

  /** Two sizes: three samples of one set and two of another; then four of the other. */
  private static final long[] SAMPLES = {3, 2, 4};

  private static final Appearances TWO_SETS =
      new Appearances(new int[] {0, 0, 1}, new int[] {10, 1, 1});

  private final SampleOrder order = TWO_SETS.order(7, SAMPLES, BATCH);

  @Test
  void anEpochHasEachSampleAsOftenAsItIsRepeated() {
    // 32 appearances of the first size are 11 micro-batches, whose last is filled up by one.
    assertThat(order.epochSlots()).isEqualTo((11 + 2) * BATCH);
    Map<Long, Integer> counts = new TreeMap<>();
    LongStream.range(0, order.epochSlots())
        .forEach(slot -> counts.merge(order.at(slot), 1, Integer::sum));
    assertThat(counts).hasSize(9);
    assertThat(LongStream.range(0, 3).mapToInt(counts::get).sum()).isBetween(30, 31);
    assertThat(LongStream.range(3, 5).mapToInt(counts::get).sum()).isBetween(2, 3);
    assertThat(LongStream.range(5, 9).mapToInt(counts::get).sum()).isEqualTo(2 * BATCH);
  }

  @Test
  void aMicroBatchHasOneSizeAndMixesDataSets() {
    Set<Boolean> mixed = new HashSet<>();
    for (long batch = 0; batch < order.epochSlots() / BATCH; batch++) {
      long[] places = LongStream.range(batch * BATCH, (batch + 1) * BATCH).map(order::at).toArray();
      boolean first = places[0] < 5;
      assertThat(LongStream.of(places)).allMatch(place -> place < 5 == first);
      mixed.add(first && LongStream.of(places).anyMatch(place -> place >= 3));
    }
    assertThat(mixed).contains(true);
  }

  @Test
  void eachAppearanceOfASampleHasARoundOfItsOwn() {
    SampleOrder full = new Appearances(new int[] {0, 0}, new int[] {4, 1}).order(7, pair(), 1);
    Map<Long, Set<Long>> rounds = new TreeMap<>();
    LongStream.range(0, 3 * full.epochSlots())
        .forEach(
            slot ->
                rounds
                    .computeIfAbsent(full.at(slot), place -> new HashSet<>())
                    .add(full.round(slot)));
    assertThat(rounds.get(0L)).hasSize(12).allMatch(round -> round < 12);
    assertThat(rounds.get(2L)).containsExactlyInAnyOrder(0L, 1L, 2L);
    assertThat(full.epoch(full.epochSlots())).isEqualTo(1);
  }

  @Test
  void oneDataSetWithoutRepeatsHasTheOrderThatItHadBefore() {
    for (long[] sizes : new long[][] {{5}, {5, 3}}) {
      SampleOrder before = SampleOrder.of(7, sizes, BATCH);
      SampleOrder now = Appearances.once(sizes.length).order(7, sizes, BATCH);
      assertThat(now).hasSameClassAs(before);
      for (long slot = 0; slot < 50; slot++) {
        assertThat(now.at(slot)).isEqualTo(before.at(slot));
        assertThat(now.round(slot)).isEqualTo(before.epoch(slot));
      }
    }
  }

  @Test
  void besideAnotherDataSetTheLongerOneMakesTheEpoch() {
    Appearances repeated = new Appearances(new int[] {0, 0}, new int[] {3, 1});
    assertThat(repeated.count(pair())).isEqualTo(7);
    assertThat(repeated.orderBeside(7, pair(), 5).epochSlots()).isEqualTo(7);
    SampleOrder shorter = repeated.orderBeside(7, pair(), 14);
    long[] places = LongStream.range(0, 14).map(shorter::at).toArray();
    assertThat(IntStream.range(0, 3).mapToLong(place -> count(places, place)).toArray())
        .containsExactly(6, 6, 2);
  }

  private static long[] pair() {
    return new long[] {2, 1};
  }

  private static long count(long[] places, long place) {
    return LongStream.of(places).filter(it -> it == place).count();
  }
}
