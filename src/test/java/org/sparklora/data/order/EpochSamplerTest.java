package org.sparklora.data.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class EpochSamplerTest {
  @Test
  void everyEpochIsAPermutationForEverySize() {
    for (int samples = 1; samples <= 2000; samples++) {
      EpochSampler sampler = new EpochSampler(42, samples);
      BitSet seen = new BitSet(samples);
      long epoch = samples % 7;
      for (long i = 0; i < samples; i++) {
        seen.set(Math.toIntExact(sampler.at(epoch * samples + i)));
      }
      assertThat(seen.cardinality()).as("samples %d", samples).isEqualTo(samples);
      assertThat(seen.length()).isEqualTo(samples);
    }
  }

  @Test
  void theInverseLeadsBack() {
    for (long samples : new long[] {1, 2, 3, 10, 1489, 1_000_003}) {
      KeyedPermutation permutation = new KeyedPermutation(1, 2, samples);
      LongStream.range(0, Math.min(samples, 500))
          .forEach(i -> assertThat(permutation.positionOf(permutation.at(i))).isEqualTo(i));
    }
  }

  @Test
  void epochsAndSeedsShuffleDifferently() {
    assertThat(order(1, 0)).isNotEqualTo(order(1, 1)).isNotEqualTo(order(2, 0));
    assertThat(order(1, 0)).isEqualTo(order(1, 0));
  }

  @Test
  void everySampleIsEquallyLikelyAtEveryPosition() {
    int samples = 10;
    int epochs = 5_000;
    int[][] counts = new int[samples][samples];
    EpochSampler sampler = new EpochSampler(5, samples);
    for (long position = 0; position < (long) epochs * samples; position++) {
      counts[(int) (position % samples)][(int) sampler.at(position)]++;
    }
    // 81 degrees of freedom: the 0.999 quantile is 126.1.
    assertThat(chiSquared(Arrays.stream(counts).flatMapToInt(Arrays::stream).toArray()))
        .isLessThan(126.1);
  }

  @Test
  void allOrdersOfFiveSamplesComeUp() {
    Map<String, Integer> counts = new HashMap<>();
    EpochSampler sampler = new EpochSampler(9, 5);
    for (long epoch = 0; epoch < 12_000; epoch++) {
      long start = epoch * 5;
      String order = Arrays.toString(LongStream.range(start, start + 5).map(sampler::at).toArray());
      counts.merge(order, 1, Integer::sum);
    }
    assertThat(counts).hasSize(120);
    // 119 degrees of freedom: the 0.999 quantile is 172.7.
    assertThat(chiSquared(counts.values().stream().mapToInt(Integer::intValue).toArray()))
        .isLessThan(172.7);
  }

  @Test
  void neighboursInALargeSetAreFarApart() {
    long samples = 1_000_000_000_000L;
    EpochSampler sampler = new EpochSampler(3, samples);
    int near = 0;
    for (long i = 0; i < 2000; i++) {
      near += Math.abs(sampler.at(i) - sampler.at(i + 1)) < samples / 100 ? 1 : 0;
    }
    // About 2 %: 40 of 2000.
    assertThat(near).isBetween(15, 75);
  }

  @Test
  void aBatchMaySpanTwoEpochs() {
    EpochSampler sampler = new EpochSampler(1, 10);
    assertThat(sampler.epoch(9)).isZero();
    assertThat(sampler.epoch(10)).isEqualTo(1);
  }

  @Test
  void microBatchesAreOfOneSizeAndEveryEpochHasEverySample() {
    long[] sizes = {1, 7, 20, 4, 1000};
    int batch = 4;
    SampleOrder order = SampleOrder.of(3, sizes, batch);
    assertThat(order.epochSlots()).isEqualTo((1 + 2 + 5 + 1 + 250) * 4L);
    List<Integer> sizesInOrder = new ArrayList<>();
    for (long epoch = 0; epoch < 3; epoch++) {
      BitSet seen = new BitSet();
      for (long first = 0; first < order.epochSlots(); first += batch) {
        long slot = epoch * order.epochSlots() + first;
        assertThat(order.epoch(slot)).isEqualTo(epoch);
        Set<Integer> ofBatch = new HashSet<>();
        for (int j = 0; j < batch; j++) {
          ofBatch.add(sizeOf(sizes, order.at(slot + j)));
          seen.set((int) order.at(slot + j));
        }
        assertThat(ofBatch).hasSize(1);
        sizesInOrder.addAll(ofBatch);
      }
      assertThat(seen.cardinality()).isEqualTo(1032);
    }
    assertThat(sizesInOrder.subList(0, 259)).isNotEqualTo(sizesInOrder.subList(259, 518));
  }

  private static int sizeOf(long[] sizes, long sample) {
    int size = 0;
    for (long end = sizes[0]; sample >= end; end += sizes[size]) {
      size++;
    }
    return size;
  }

  @Test
  void refusesAnEmptySet() {
    assertThatThrownBy(() -> new EpochSampler(1, 0))
        .hasMessage("Invalid samples: 0, must be at least 1");
  }

  @Test
  void aSubsetKeepsExactlyAsManyRowsAsAskedFor() {
    TrainSubset subset = new TrainSubset(7, 1489, OptionalLong.of(100));
    assertThat(LongStream.range(0, 1489).filter(subset::contains).count()).isEqualTo(100);
    assertThat(subset.size()).isEqualTo(100);
    assertThat(new TrainSubset(7, 10, OptionalLong.of(100)).size()).isEqualTo(10);
    assertThat(new TrainSubset(7, 10, OptionalLong.empty()).contains(9)).isTrue();
  }

  private static long[] order(long seed, long epoch) {
    EpochSampler sampler = new EpochSampler(seed, 50);
    return LongStream.range(epoch * 50, epoch * 50 + 50).map(sampler::at).toArray();
  }

  private static double chiSquared(int[] counts) {
    double expected = Arrays.stream(counts).average().orElseThrow();
    return Arrays.stream(counts).mapToDouble(c -> (c - expected) * (c - expected) / expected).sum();
  }

  @Test
  void theFewerSamplesComeAgainUntilAllOfTheOthersHaveCome() {
    SampleOrder few = SampleOrder.beside(42, 3, 8);
    SampleOrder many = SampleOrder.beside(42, 8, 3);
    assertThat(few.epochSlots()).isEqualTo(many.epochSlots()).isEqualTo(8);
    Set<Long> all = new HashSet<>();
    Map<Long, Integer> times = new TreeMap<>();
    Set<List<Long>> drawnBy = new HashSet<>();
    for (long slot = 8; slot < 16; slot++) {
      all.add(many.at(slot));
      times.merge(few.at(slot), 1, Integer::sum);
      drawnBy.add(List.of(few.at(slot), few.epoch(slot)));
      assertThat(few.at(slot)).as("the pair of diffusers' dataset").isEqualTo(many.at(slot) % 3);
      assertThat(many.epoch(slot)).isEqualTo(1);
    }
    assertThat(all).hasSize(8);
    assertThat(times).containsExactly(Map.entry(0L, 3), Map.entry(1L, 3), Map.entry(2L, 2));
    assertThat(drawnBy).as("each time is drawn for anew").hasSize(8);
  }
}
