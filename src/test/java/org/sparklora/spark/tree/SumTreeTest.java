package org.sparklora.spark.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;

class SumTreeTest {
  private static final Pieces PIECES = new Pieces(10, 4, GradientType.FP32);

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 4", "3, 3", "4, 4", "5, 13", "8, 8", "16, 16", "7, 64", "512, 512"})
  void everyMicroBatchComesToTheDriverOnce(int groups, int microBatches) {
    SumTree tree = SumTree.of(groups(groups, microBatches, Set.of()), microBatches, PIECES);
    List<Span> toDriver = new ArrayList<>();
    for (SumTree.Station station : tree.stations()) {
      List<Span> below = new ArrayList<>();
      for (SumTree.Station other : tree.stations()) {
        if (other.above() == station.number()) {
          below.addAll(other.spans());
        }
      }
      assertThat(station.ofWorkers()).isEqualTo(below.isEmpty());
      if (!below.isEmpty()) {
        assertThat(Span.joined(below)).isEqualTo(station.spans());
      }
      if (station.above() == SumTree.DRIVER) {
        toDriver.addAll(station.spans());
      }
    }
    assertThat(Span.joined(toDriver)).containsExactly(new Span(0, microBatches));
  }

  /** So no link carries more than that, however many there are. */
  @Test
  void nobodyTakesMoreThanTwoSumsOrPassesOnMoreThanOne() {
    SumTree tree = SumTree.of(groups(64, 512, Set.of()), 512, PIECES);
    Map<Integer, Integer> taken = new HashMap<>();
    Map<Site, Integer> hosted = new HashMap<>();
    for (SumTree.Station station : tree.stations()) {
      assertThat(tree.sumsOf(station.number())).hasSize(1);
      taken.merge(station.above(), 1, Integer::sum);
      if (!station.ofWorkers()) {
        hosted.merge(station.site(), 1, Integer::sum);
      }
    }
    assertThat(taken.values()).allMatch(count -> count <= 2);
    assertThat(hosted.values()).allMatch(count -> count == 1);
    assertThat(tree.depth()).isEqualTo(6);
    assertThat(tree.processes()).isEqualTo(64);
  }

  @Test
  void aProcessThatCannotBeReachedOnlySends() {
    SumTree tree = SumTree.of(groups(8, 8, Set.of(1, 2, 6)), 8, PIECES);
    assertThat(tree.stations())
        .filteredOn(station -> !station.ofWorkers())
        .extracting(station -> station.site().executor())
        .doesNotContain("1", "2", "6")
        .isNotEmpty();
    SumTree star = SumTree.of(groups(4, 4, Set.of(0, 1, 2, 3)), 4, PIECES);
    assertThat(star.stations()).hasSize(4).allMatch(each -> each.above() == SumTree.DRIVER);
  }

  @Test
  void survivesTheWire() {
    SumTree tree = SumTree.of(groups(5, 13, Set.of(2)), 13, PIECES);
    assertThat(SumTree.decode(tree.encode())).isEqualTo(tree);
  }

  @Test
  void sumsOfAnotherStationAreRefused() {
    SumTree tree = SumTree.of(groups(4, 4, Set.of()), 4, PIECES);
    SumTree.Station leaf = tree.ofWorkerWith(2);
    Map<GradientTree.Node, SumPiece> sums =
        Map.of(new GradientTree.Node(0, 2), new SumPiece.Values(1, new float[4], 0, 4, true));
    Round round = new Round(1, 1);
    tree.requireSent(
        new TreeMessage.Sums(7, round, leaf.number(), leaf.above(), 0, 0, GradientType.FP32, sums));
    for (TreeMessage.Sums wrong :
        List.of(
            new TreeMessage.Sums(
                7, round, leaf.number() + 1, leaf.above(), 0, 0, GradientType.FP32, sums),
            new TreeMessage.Sums(
                7, round, leaf.number(), SumTree.DRIVER, 0, 0, GradientType.FP32, sums),
            new TreeMessage.Sums(
                7, round, leaf.number(), leaf.above(), 0, 3, GradientType.FP32, sums),
            new TreeMessage.Sums(
                7, round, leaf.number(), leaf.above(), 0, 2, GradientType.FP32, sums),
            new TreeMessage.Sums(7, round, 99, leaf.above(), 0, 0, GradientType.FP32, sums))) {
      assertThatThrownBy(() -> tree.requireSent(wrong)).hasMessageStartingWith("Invalid frame");
    }
  }

  private static List<SumTree.Group> groups(int count, int microBatches, Set<Integer> unreachable) {
    List<SumTree.Group> groups = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Span span =
          new Span(
              GradientTree.rangeBegin(i, count, microBatches),
              GradientTree.rangeBegin(i + 1, count, microBatches));
      groups.add(
          new SumTree.Group(
              new Site("host", String.valueOf(i), 4000 + i),
              List.of(span),
              !unreachable.contains(i)));
    }
    return groups;
  }
}
