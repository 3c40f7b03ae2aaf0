package org.sparklora.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ElasticityTest {
  private static final Elasticity.Waits WAITS = new Elasticity.Waits(15, 5);

  private final Elasticity four = new Elasticity(WAITS, 4, 8, 0);

  @Test
  void staysAsItIsWhileAllAreThere() {
    assertThat(four.look(0, 4, 4, 0)).isEmpty();
    assertThat(four.look(100, 4, 4, 0)).isEmpty();
  }

  @Test
  void givesALostWorkerTimeToBeReplaced() {
    assertThat(four.look(0, 3, 3, 14)).isEmpty();
    assertThat(four.look(1, 3, 3, 15)).isEqualTo(OptionalInt.of(3));
  }

  @Test
  void aSlotThatGetsNoTaskIsNotCountedOn() {
    assertThat(four.look(0, 4, 3, 15)).isEqualTo(OptionalInt.of(3));
    Elasticity three = new Elasticity(WAITS, 3, 8, 1);
    assertThat(three.look(100, 4, 3, 0)).isEmpty();
  }

  @Test
  void whereNobodyIsLeftItWaits() {
    assertThat(four.look(0, 0, 0, 100)).isEmpty();
  }

  @Test
  void growsWhenSlotsHaveBeenThereForAWhile() {
    assertThat(four.look(0, 6, 4, 0)).isEmpty();
    assertThat(four.look(4, 8, 4, 0)).as("more are still coming").isEmpty();
    assertThat(four.look(8, 8, 4, 0)).isEmpty();
    assertThat(four.look(9, 8, 4, 0)).isEqualTo(OptionalInt.of(8));
  }

  @Test
  void doesNotGrowWhereAStepWouldTakeAsLong() {
    Elasticity two = new Elasticity(WAITS, 2, 4, 0);
    two.look(0, 3, 2, 0);
    assertThat(two.look(100, 3, 2, 0)).as("1, 1 and 2 micro-batches instead of 2 and 2").isEmpty();
  }

  @Test
  void neverGrowsBeyondTheMicroBatches() {
    four.look(0, 100, 4, 0);
    assertThat(four.look(10, 100, 4, 0)).isEqualTo(OptionalInt.of(8));
  }
}
