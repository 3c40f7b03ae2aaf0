package org.sparklora.spark.tune;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.util.InvalidInputException;

class TuneFileTest {
  private static final Path FOLDER = new Path("/out");
  private static final TuneFile HALVED =
      new TuneFile(2, List.of(13L, 25L, 50L, 100L), 0, List.of());

  @ParameterizedTest
  @ValueSource(longs = {150, 50})
  void ranksAtOtherStepsAreRefused(long last) {
    List<Long> now = List.of(last / 8, last / 4, last / 2, last);
    assertThatThrownBy(() -> HALVED.requireRungs(FOLDER, now))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("ranked at steps [13, 25, 50, 100] and would now be at " + now);
  }

  @Test
  void theSameStepsAndLongerTrainingWithoutRungsGoOn() {
    assertThatCode(() -> HALVED.requireRungs(FOLDER, HALVED.rungs())).doesNotThrowAnyException();
    TuneFile whole = new TuneFile(1, List.of(100L), 0, List.of());
    assertThatCode(() -> whole.requireRungs(FOLDER, List.of(150L))).doesNotThrowAnyException();
  }
}
