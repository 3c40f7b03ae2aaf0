package org.sparklora.spark.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.train.step.FixedTree;
import org.sparklora.train.step.GradientTree;
import org.sparklora.train.step.GradientType;
import org.sparklora.train.step.MicroBatchGradient;

class SumPieceTest {
  private static final int LONG = 3 * SumPiece.AT_ONCE + 5;

  @Test
  void arraysOfSummandsAreOnlyRead() {
    float[] worker = {9, 1, 2, 9};
    float[] other = {3, 4, 9};
    SumPiece sum =
        new SumPiece.Sum(
            new SumPiece.Values(1, worker, 1, 2, true),
            new SumPiece.Values(2, other, 0, 2, false),
            GradientType.FP32);
    assertThat(sum.loss()).isEqualTo(3);
    assertThat(sum.length()).isEqualTo(2);
    assertThat(sum.gradient().values()).containsExactly(4, 6);
    assertThat(worker).containsExactly(9, 1, 2, 9);
    assertThat(other).containsExactly(3, 4, 9);
  }

  @Test
  void sumsAreRoundedToTheirType() {
    SumPiece small = new SumPiece.Values(0, new float[] {0x1p-9f}, 0, 1, true);
    SumPiece one = new SumPiece.Values(0, new float[] {1}, 0, 1, true);
    assertThat(new SumPiece.Sum(one, small, GradientType.BF16).gradient().values())
        .containsExactly(1);
    assertThat(new SumPiece.Sum(one, small, GradientType.FP32).gradient().values())
        .containsExactly(1 + 0x1p-9f);
  }

  @Test
  void piecesWithArraysOfTheirOwnAreAddedAtOnce() {
    float[] left = {1, 2};
    SumPiece.Values one = new SumPiece.Values(1, left, 0, 2, false);
    SumPiece.Values other = new SumPiece.Values(2, new float[] {3, 4}, 0, 2, false);
    SumPiece.Values sum = (SumPiece.Values) SumPiece.sum(one, other, GradientType.FP32);
    assertThat(sum.array()).isSameAs(left).containsExactly(4, 6);
    assertThat(sum.loss()).isEqualTo(3);
    SumPiece lent = new SumPiece.Values(1, new float[] {5, 6}, 0, 2, true);
    assertThat(SumPiece.sum(sum, lent, GradientType.FP32).added().gradient().values())
        .containsExactly(9, 12);
    assertThat(left).as("only read").containsExactly(4, 6);
  }

  /** In whatever order they come, however many there are, lent or not. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theBitsAreThoseOfTheTreeThatAddsAtOnce(boolean isLent) {
    for (GradientType type : GradientType.values()) {
      for (int microBatches : new int[] {1, 2, 3, 7, 8, 13}) {
        List<float[]> gradients = gradients(microBatches, type);
        GradientTree atOnce = new GradientTree(microBatches, type);
        FixedTree<SumPiece> later =
            new FixedTree<>(microBatches, (left, right) -> SumPiece.sum(left, right, type));
        for (int i = 0; i < microBatches; i++) {
          int number = (i * 5 + 3) % microBatches; // 5 divides no number of them
          later.add(
              new GradientTree.Node(0, number),
              new SumPiece.Values(
                  number, gradients.get(number).clone(), 0, LONG, isLent || number % 3 == 0));
          atOnce.add(i, new MicroBatchGradient(i, gradients.get(i).clone()));
        }
        MicroBatchGradient sum = later.total().gradient();
        assertThat(sum.values())
            .as("%s %d", type, microBatches)
            .containsExactly(atOnce.total().values());
        assertThat(sum.loss()).isEqualTo(atOnce.total().loss());
      }
    }
  }

  private static List<float[]> gradients(int microBatches, GradientType type) {
    Random random = new Random(microBatches);
    List<float[]> gradients = new ArrayList<>();
    for (int i = 0; i < microBatches; i++) {
      float[] values = new float[LONG];
      for (int j = 0; j < LONG; j++) {
        values[j] = (float) random.nextGaussian();
      }
      type.round(values);
      gradients.add(values);
    }
    return gradients;
  }
}
