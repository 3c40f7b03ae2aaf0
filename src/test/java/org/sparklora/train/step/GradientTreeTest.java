package org.sparklora.train.step;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sparklora.train.step.GradientTree.Node;

class GradientTreeTest {
  @Test
  void givesTheSameBitsForEveryWorkerCountAndArrivalOrder() {
    for (GradientType type : GradientType.values()) {
      givesTheSameBits(type);
    }
  }

  private static void givesTheSameBits(GradientType type) {
    Random random = new Random(7);
    for (int m = 1; m <= 70; m++) {
      float[] values = new float[m];
      for (int i = 0; i < m; i++) {
        values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8)));
      }
      float expected = recursive(type, values, 0, Integer.highestOneBit(2 * m - 1));
      for (int workers = 1; workers <= m; workers++) {
        assertThat(reduced(type, values, workers, random))
            .as("%s, M=%d, %d workers", type, m, workers)
            .isEqualTo(expected);
      }
    }
  }

  @Test
  void aWorkerSendsAtMostTwoSubtreesALevel() {
    for (int m = 1; m <= 70; m++) {
      for (int begin = 0; begin < m; begin++) {
        for (int end = begin + 1; end <= m; end++) {
          GradientTree tree = new GradientTree(m);
          for (int i = begin; i < end; i++) {
            tree.add(i, new MicroBatchGradient(0, new float[1]));
          }
          assertThat(tree.sums().keySet())
              .containsExactlyInAnyOrderElementsOf(GradientTree.ownedBy(begin, end, m));
          assertThat(tree.sums().size()).isLessThanOrEqualTo(14);
        }
      }
    }
  }

  @Test
  void sumsLossesToo() {
    GradientTree tree = new GradientTree(3);
    for (int i = 2; i >= 0; i--) {
      assertThat(tree.isComplete()).isFalse();
      tree.add(i, new MicroBatchGradient(i + 1, new float[] {i}));
    }
    assertThat(tree.total().loss()).isEqualTo(6);
  }

  private static float reduced(GradientType type, float[] values, int workers, Random random) {
    int m = values.length;
    List<Map.Entry<Node, MicroBatchGradient>> sent = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      GradientTree own = new GradientTree(m, type);
      int end = GradientTree.rangeBegin(worker + 1, workers, m);
      for (int i = GradientTree.rangeBegin(worker, workers, m); i < end; i++) {
        own.add(i, new MicroBatchGradient(0, new float[] {values[i]}));
      }
      sent.addAll(own.sums().entrySet());
    }
    Collections.shuffle(sent, random);
    GradientTree tree = new GradientTree(m, type);
    sent.forEach(sum -> tree.add(sum.getKey(), sum.getValue()));
    return tree.total().values()[0];
  }

  /**
   * The definition: the pairwise sum over a power of two, absent leaves left out, each leaf and
   * each sum rounded.
   */
  private static float recursive(GradientType type, float[] values, int begin, int size) {
    if (size == 1) {
      return rounded(type, values[begin]);
    }
    int middle = begin + size / 2;
    float left = recursive(type, values, begin, size / 2);
    return middle < values.length
        ? rounded(type, left + recursive(type, values, middle, size / 2))
        : left;
  }

  private static float rounded(GradientType type, float value) {
    float[] one = {value};
    type.round(one);
    return one[0];
  }
}
