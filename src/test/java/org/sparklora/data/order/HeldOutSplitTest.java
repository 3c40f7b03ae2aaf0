package org.sparklora.data.order;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class HeldOutSplitTest {
  private static final long[] SIZES = {40, 1, 20};

  private final HeldOutSplit split = new HeldOutSplit(7, SIZES, 0.1);

  @Test
  void everySampleIsOnOneSideWithinItsSize() {
    assertThat(split.heldOutSizes()).containsExactly(4, 0, 2);
    assertThat(split.trainingSizes()).containsExactly(36, 1, 18);
    List<Long> heldOut = LongStream.range(0, 6).mapToObj(split::heldOut).toList();
    List<Long> training = LongStream.range(0, 55).mapToObj(split::training).toList();
    assertThat(heldOut.subList(0, 4)).allMatch(place -> place < 40);
    assertThat(heldOut.subList(4, 6)).allMatch(place -> place >= 41 && place < 61);
    assertThat(training.get(36)).isEqualTo(40);
    List<Long> all = new ArrayList<>(heldOut);
    all.addAll(training);
    assertThat(all).doesNotHaveDuplicates().hasSize(61);
  }

  @Test
  void theSeedChooses() {
    HeldOutSplit other = new HeldOutSplit(8, SIZES, 0.1);
    assertThat(LongStream.range(0, 6).map(split::heldOut).toArray())
        .isEqualTo(LongStream.range(0, 6).map(new HeldOutSplit(7, SIZES, 0.1)::heldOut).toArray())
        .isNotEqualTo(LongStream.range(0, 6).map(other::heldOut).toArray());
  }

  @Test
  void batchesAreOfOneSizeAndHaveEverySampleOnce() {
    HeldOutBatches batches = HeldOutBatches.of(split, 3);
    assertThat(batches.samples()).isEqualTo(6);
    assertThat(batches.count()).isEqualTo(3);
    assertThat(LongStream.of(batches.places(0))).hasSize(3).allMatch(place -> place < 40);
    assertThat(LongStream.of(batches.places(1))).hasSize(1).allMatch(place -> place < 40);
    assertThat(LongStream.of(batches.places(2))).hasSize(2).allMatch(place -> place >= 41);
    HeldOutBatches all = HeldOutBatches.all(new long[] {2, 3}, 2);
    assertThat(all.count()).isEqualTo(3);
    assertThat(all.places(2)).containsExactly(4);
  }
}
