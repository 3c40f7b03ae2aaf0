package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkerPaceTest {
  private final WorkerPace pace = new WorkerPace(3);

  @Test
  void aWorkerFarSlowerThanTheOthersIsReportedWithNumbers() {
    compute(WorkerPace.STEPS, 0.5, 0.6, 2.4);
    assertThat(pace.slow().orElseThrow().text("host b, executor 2"))
        .startsWith("Slow worker 2 on host b, executor 2: 2.40 s a micro-batch, 4.0 times")
        .contains("median 0.60 s");
  }

  @Test
  void fewStepsSayNothing() {
    compute(WorkerPace.STEPS - 1, 0.5, 0.6, 2.4);
    assertThat(pace.slow()).isEmpty();
  }

  @Test
  void likeWorkersAreNotReported() {
    compute(100, 0.5, 0.6, 0.9);
    assertThat(pace.slow()).isEmpty();
  }

  @Test
  void aWorkerThatHasBeenReplacedHasNoPast() {
    compute(100, 0.5, 0.6, 2.4);
    pace.forget(2);
    assertThat(pace.slow()).isEmpty();
  }

  @Test
  void oneSlowStepIsNoSlowWorker() {
    compute(WorkerPace.STEPS, 0.5, 0.6, 0.5);
    compute(1, 0.5, 0.6, 3);
    assertThat(pace.slow()).isEmpty();
    compute(20, 0.5, 0.6, 3);
    assertThat(pace.slow()).isPresent();
  }

  private void compute(int steps, double... seconds) {
    for (int step = 0; step < steps; step++) {
      for (int worker = 0; worker < seconds.length; worker++) {
        pace.add(worker, seconds[worker]);
      }
    }
  }
}
