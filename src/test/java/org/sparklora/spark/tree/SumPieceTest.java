package org.sparklora.spark.tree;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.sparklora.train.step.GradientType;

class SumPieceTest {
  private final float[] worker = {9, 1, 2, 9};
  private final SumPiece lent = new SumPiece(1, worker, 1, 2, true);

  @Test
  void lentArraysAreOnlyRead() {
    SumPiece other = new SumPiece(2, new float[] {3, 4, 9}, 0, 2, true);
    SumPiece sum = lent.plus(other, GradientType.FP32);
    assertThat(sum.loss()).isEqualTo(3);
    assertThat(sum.array()).containsExactly(4, 6);
    assertThat(sum.isLent()).isFalse();
    assertThat(worker).containsExactly(9, 1, 2, 9);
    assertThat(other.array()).containsExactly(3, 4, 9);
  }

  @Test
  void aSumIsInTheArrayThatIsNotLent() {
    SumPiece own = new SumPiece(2, new float[] {3, 4}, 0, 2, false);
    assertThat(lent.plus(own, GradientType.FP32).array())
        .isSameAs(own.array())
        .containsExactly(4, 6);
    assertThat(own.plus(lent, GradientType.FP32).array())
        .isSameAs(own.array())
        .containsExactly(5, 8);
  }

  @Test
  void sumsAreRoundedToTheirType() {
    SumPiece small = new SumPiece(0, new float[] {0x1p-9f}, 0, 1, true);
    SumPiece one = new SumPiece(0, new float[] {1}, 0, 1, true);
    assertThat(one.plus(small, GradientType.BF16).array()).containsExactly(1);
    assertThat(one.plus(small, GradientType.FP32).array()).containsExactly(1 + 0x1p-9f);
  }
}
