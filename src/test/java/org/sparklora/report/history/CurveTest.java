package org.sparklora.report.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CurveTest {
  @Test
  void keepsEveryStepOfAShortRun() {
    Curve curve = new Curve();
    for (long step = 1; step <= 300; step++) {
      curve.add(step, 2.5);
    }
    assertThat(curve.buckets()).hasSize(300).allMatch(bucket -> bucket.count() == 1);
  }

  @Test
  void aMillionStepsStayBoundedAndNoneIsLost() {
    Curve curve = new Curve();
    for (long step = 1; step <= 1_000_000; step++) {
      curve.add(step, step == 500_000 ? -7 : 1);
    }
    assertThat(curve.buckets())
        .hasSizeBetween(Curve.MOST_BUCKETS / 2 - 1, Curve.MOST_BUCKETS)
        .anyMatch(bucket -> bucket.min() == -7);
    assertThat(curve.buckets().stream().mapToLong(Curve.Bucket::count).sum()).isEqualTo(1_000_000);
  }

  @Test
  void aStepThatIsComputedAgainCountsOnce() {
    Curve curve = new Curve();
    for (long step = 1; step <= 5000; step++) {
      curve.add(step, 1);
    }
    curve.dropAfter(3001); // in the middle of a bucket
    for (long step = 3002; step <= 6000; step++) {
      curve.add(step, 2);
    }
    assertThat(curve.buckets().stream().mapToLong(Curve.Bucket::count).sum()).isEqualTo(6000);
    for (int i = 1; i < curve.buckets().size(); i++) {
      assertThat(curve.buckets().get(i).first()).isEqualTo(curve.buckets().get(i - 1).last() + 1);
    }
  }

  @Test
  void whatIsNotFiniteIsNotDrawn() {
    Curve curve = new Curve();
    curve.add(1, Double.NaN);
    curve.add(2, Double.POSITIVE_INFINITY);
    assertThat(curve.isEmpty()).isTrue();
  }
}
