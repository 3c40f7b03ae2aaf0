package org.sparklora.spark.tune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.sparklora.spark.tune.Rungs.Score;

class RungsTest {
  @Test
  void withoutHalvingThereIsOnlyTheEnd() {
    assertThat(Rungs.of(100, 8, OptionalInt.empty())).isEqualTo(new Rungs(List.of(100L), 1));
  }

  @Test
  void eachRungHasTwiceTheStepsOfTheOneBefore() {
    assertThat(Rungs.of(64, 8, OptionalInt.of(2)).steps()).containsExactly(8L, 16L, 32L, 64L);
    assertThat(Rungs.of(64, 5, OptionalInt.of(2)).steps()).containsExactly(16L, 32L, 64L);
    assertThat(Rungs.of(100, 9, OptionalInt.of(3)).steps()).containsExactly(12L, 34L, 100L);
    assertThat(Rungs.of(64, 1, OptionalInt.of(2)).steps()).containsExactly(64L);
  }

  @Test
  void theStepsOfAllTrialsAreThoseBetweenRungs() {
    assertThat(Rungs.of(64, 8, OptionalInt.of(2)).stepsOfAll(8)).isEqualTo(160);
    assertThat(Rungs.of(64, 8, OptionalInt.empty()).stepsOfAll(8)).isEqualTo(512);
  }

  @Test
  void fewStepsMakeFewRungs() {
    assertThat(Rungs.of(3, 64, OptionalInt.of(2)).steps()).containsExactly(1L, 2L, 3L);
    assertThat(Rungs.of(1, 64, OptionalInt.of(2)).steps()).containsExactly(1L);
  }

  @Test
  void theBestHalfGoesOnRoundedUp() {
    Rungs rungs = new Rungs(List.of(1L, 2L), 2);
    List<Score> scores = List.of(score(1, 0.3), score(2, 0.1), score(3, 0.2));
    assertThat(rungs.goOn(scores, 3)).containsExactly(2, 3);
    assertThat(rungs.goOn(scores.subList(0, 1), 1)).containsExactly(1);
  }

  @Test
  void ofEqualLossesTheLowerNumberIsBetter() {
    assertThat(Rungs.ranked(List.of(score(3, 0.1), score(2, 0.1), score(1, 0.2))))
        .extracting(Score::trial)
        .containsExactly(2, 3, 1);
  }

  private static Score score(int trial, double loss) {
    return new Score(trial, loss);
  }
}
