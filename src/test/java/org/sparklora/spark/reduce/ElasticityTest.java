package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ElasticityTest {
  private static final Elasticity.Waits WAITS = new Elasticity.Waits(15, 5, 15, 30);

  private final Elasticity four = new Elasticity(WAITS, 4, 8, Elasticity.Unusable.NONE);

  @Test
  void staysAsItIsWhileAllAreThere() {
    assertThat(four.look(0, 4, 4, 0, false)).isEmpty();
    assertThat(four.look(100, 4, 4, 0, false)).isEmpty();
  }

  @Test
  void givesALostWorkerTimeToBeReplaced() {
    assertThat(four.look(0, 3, 3, 14, false)).isEmpty();
    assertThat(four.look(1, 3, 3, 15, false)).isEqualTo(OptionalInt.of(3));
  }

  @Test
  void aSlotThatGetsNoTaskIsNotCountedOn() {
    assertThat(four.look(0, 4, 3, 15, false)).isEqualTo(OptionalInt.of(3));
    Elasticity three = new Elasticity(WAITS, 3, 8, Elasticity.Unusable.NONE.again(1));
    assertThat(three.look(0, 4, 3, 0, false)).isEmpty();
    assertThat(three.look(29, 4, 3, 0, false)).isEmpty();
  }

  /** What was only slow, such as an executor's first task, is used again without a checkpoint. */
  @Test
  void aSlotThatGotNoTaskIsTriedAgainAndLaterEachTime() {
    Elasticity.Unusable once = Elasticity.Unusable.NONE.again(1);
    assertThat(growsAfter(once)).isEqualTo(30);
    assertThat(growsAfter(once.again(1))).isEqualTo(60);
    assertThat(growsAfter(once.again(1).again(1))).isEqualTo(120);
    Elasticity.Unusable often = once;
    for (int i = 0; i < 100; i++) {
      often = often.again(1);
    }
    assertThat(growsAfter(often)).isEqualTo(480);
  }

  private static int growsAfter(Elasticity.Unusable unusable) {
    Elasticity three = new Elasticity(WAITS, 3, 8, unusable);
    int now = 0;
    while (three.look(now, 4, 3, 0, false).isEmpty()) {
      now++;
    }
    return now;
  }

  @Test
  void aSlowStartIsNoLostWorker() {
    Elasticity slow = new Elasticity(Elasticity.Waits.DEFAULT, 4, 8, Elasticity.Unusable.NONE);
    assertThat(slow.look(0, 4, 2, 59, true)).isEmpty();
    assertThat(slow.look(1, 4, 2, 60, true)).isEqualTo(OptionalInt.of(2));
  }

  @Test
  void whereNobodyIsLeftItWaits() {
    assertThat(four.look(0, 0, 0, 100, false)).isEmpty();
  }

  @Test
  void growsWhenSlotsHaveBeenThereForAWhile() {
    assertThat(four.look(0, 6, 4, 0, false)).isEmpty();
    assertThat(four.look(4, 8, 4, 0, false)).as("more are still coming").isEmpty();
    assertThat(four.look(8, 8, 4, 0, false)).isEmpty();
    assertThat(four.look(9, 8, 4, 0, false)).isEqualTo(OptionalInt.of(8));
  }

  @Test
  void tellsASizeOnceHoweverLongTheStepTakes() {
    assertThat(four.look(5, 8, 4, 0, false)).isEmpty();
    assertThat(four.look(10, 8, 4, 0, false)).isEqualTo(OptionalInt.of(8));
    assertThat(four.look(11, 8, 4, 0, false)).isEmpty();
    assertThat(four.look(60, 8, 4, 0, false)).isEmpty();
  }

  @Test
  void doesNotGrowWhereAStepWouldTakeAsLong() {
    Elasticity two = new Elasticity(WAITS, 2, 4, Elasticity.Unusable.NONE);
    two.look(0, 3, 2, 0, false);
    assertThat(two.look(100, 3, 2, 0, false))
        .as("1, 1 and 2 micro-batches instead of 2 and 2")
        .isEmpty();
  }

  @Test
  void givesOthersTimeToComeInPlaceOfExecutorsThatLeave() {
    assertThat(four.leave(0, 3)).isEmpty();
    assertThat(four.leave(3, 4)).as("one has come").isEmpty();
    assertThat(four.leave(7, 4)).isEmpty();
    assertThat(four.leave(8, 4)).isEqualTo(OptionalInt.of(4));
    assertThat(four.leave(9, 4)).as("told once").isEmpty();
  }

  @Test
  void goesOnWithTheOthersIfNoneComes() {
    assertThat(four.leave(1, 3)).isEmpty();
    assertThat(four.leave(6, 3)).isEqualTo(OptionalInt.of(3));
  }

  @Test
  void whereAllLeaveItStaysUntilTheyAreGone() {
    four.leave(0, 0);
    assertThat(four.leave(100, 0)).isEmpty();
  }

  /** It was killed before its last step was done. */
  @Test
  void anExecutorThatIsGoneBeforeItCouldLeaveIsALostOne() {
    four.leave(1, 3);
    assertThat(four.leave(6, 3)).isEqualTo(OptionalInt.of(3));
    assertThat(four.look(7, 3, 3, 1, false)).isEmpty();
    assertThat(four.look(21, 3, 3, 15, false)).isEqualTo(OptionalInt.of(3));
  }

  @Test
  void neverGrowsBeyondTheMicroBatches() {
    four.look(0, 100, 4, 0, false);
    assertThat(four.look(10, 100, 4, 0, false)).isEqualTo(OptionalInt.of(8));
  }
}
