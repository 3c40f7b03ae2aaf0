package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.apache.spark.errors.SparkCoreErrors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sparklora.spark.TestOptimizers;
import org.sparklora.spark.failure.RunCancelledException;
import org.sparklora.spark.failure.WorkersLostException;
import org.sparklora.train.step.AdapterOptimizer;
import org.sparklora.train.step.StepListener;

/** Hours of lost workers, resizes and deadlines, in no time. */
@Timeout(60)
class SegmentRunnerTest {
  private static final int MICRO_BATCHES = 4;
  private static final int PARAMETERS = 5;
  private static final long PATIENCE = 600;
  private static final long END = 40;

  private final List<String> incidents = new ArrayList<>();
  private final SimulatedWorkers workers = new SimulatedWorkers(2);
  private final AdapterOptimizer optimizer = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
  private final long began = workers.clock.nanos();

  @Test
  void aWorkerThatIsLostAndNotReplacedMakesTheSegmentSmaller() {
    workers.onLook = once(10, () -> worker(1).lose());
    run();
    assertThat(workers.segments).containsExactly(2, 1);
    assertThat(incidents).containsExactly("From 2 to 1 worker, 2 slots");
    assertThat(seconds()).as("15 s for Spark to start another").isBetween(15.0, 40.0);
    sameBytes();
  }

  @Test
  void aWorkerThatIsReplacedCostsATurn() {
    workers.onLook =
        now -> {
          if (now.looks == 10) {
            worker(1).lose();
          } else if (now.looks == 50) {
            worker(1).startAgain();
          }
        };
    run();
    assertThat(workers.segments).containsExactly(2);
    assertThat(incidents).isEmpty();
    sameBytes();
  }

  /** A new executor may be slow to load its model. Then the lost one has ten seconds to leave. */
  @Test
  void beforeTheFirstStepALostWorkerIsWaitedForLonger() {
    workers.onLook = once(1, () -> worker(1).lose());
    run();
    assertThat(workers.segments).containsExactly(2, 1);
    assertThat(seconds()).isBetween(70.0, 82.0);
    sameBytes();
  }

  @Test
  void newSlotsMakeTheNextSegmentLarger() {
    workers.slots = 1;
    workers.onLook = once(5, () -> workers.slots = 4);
    run();
    assertThat(workers.segments).containsExactly(1, 4);
    assertThat(incidents).containsExactly("From 1 to 4 workers, 4 slots");
    sameBytes();
  }

  /** The node of a spot market: there is time to leave it between two steps. */
  @Test
  void anExecutorThatWillBeTakenAwayIsLeftAfterAStep() {
    workers.onLook =
        once(
            10,
            () -> {
              workers.leaving.add("1");
              workers.slots = 1;
            });
    run();
    assertThat(workers.segments).containsExactly(2, 1);
    assertThat(incidents)
        .containsExactly("Executors will be taken away: going on with 1 worker after this step");
    assertThat(seconds()).as("5 s for another to come").isBetween(10.0, 13.0);
    sameBytes();
  }

  @Test
  void anotherExecutorTakesThePlaceOfOneThatWillBeTakenAway() {
    workers.onLook =
        now -> {
          if (now.looks == 10) {
            now.leaving.add("1");
            now.slots = 1;
          } else if (now.looks == 12) {
            now.slots = 2;
          } else if (now.segments.size() == 2) {
            now.leaving.clear();
          }
        };
    run();
    assertThat(workers.segments).containsExactly(2, 2);
    assertThat(incidents).singleElement().asString().contains("going on with 2 workers");
    sameBytes();
  }

  /** Killed in the step that was to be its last. */
  @Test
  void anExecutorThatIsTakenAwayTooSoonIsALostOne() {
    workers.onLook =
        now -> {
          if (now.looks == 10) {
            now.leaving.add("1");
            now.slots = 1;
            worker(1).getStuck();
          } else if (now.looks == 40) {
            worker(1).lose();
          }
        };
    run();
    assertThat(workers.segments).containsExactly(2, 1);
    assertThat(incidents).endsWith("From 2 to 1 worker, 1 slot");
    sameBytes();
  }

  /** Slots that get no task are tried again, less and less often. */
  @Test
  void aSlotThatGetsNoTaskIsNotTriedForEver() {
    workers.onLook = now -> now.working.stream().skip(1).forEach(SimulatedWorkers.Worker::lose);
    SegmentRunner runner = runner();
    runner.run(optimizer, 2000, (result, timing) -> {});
    assertThat(workers.segments).startsWith(2, 1, 2, 1).endsWith(1);
    assertThat(workers.segments.size()).isLessThan(12);
  }

  @Test
  void withoutAStepForTooLongTheRunIsGivenUp() {
    workers.onLook = once(10, () -> worker(1).getStuck());
    assertThatThrownBy(this::run)
        .isInstanceOf(WorkersLostException.class)
        .hasMessageStartingWith("Cannot go on: waited 600 s (--worker_timeout) at step 8")
        .hasMessageContaining("1=host 1, attempt 0, last heard of 10 min ago");
    assertThat(seconds()).isBetween(600.0, 605.0);
  }

  @Test
  void aJobThatFailsAfterAStepIsFollowedByAnother() {
    workers.onLook =
        once(
            10,
            () -> workers.failure = Optional.of(new IllegalStateException("the GPU is on fire")));
    run();
    assertThat(workers.segments).containsExactly(2, 2);
    assertThat(incidents)
        .containsExactly("Going on from step 8 with new workers: the GPU is on fire");
    sameBytes();
  }

  @Test
  void aJobThatIsCancelledEndsTheRunAlthoughItHasCompletedSteps() {
    workers.onLook =
        once(
            10,
            () ->
                workers.failure =
                    Optional.of(SparkCoreErrors.sparkJobCancelled(7, "by a notebook", null)));
    assertThatThrownBy(this::run)
        .isInstanceOf(RunCancelledException.class)
        .hasMessageMatching(
            "The run was cancelled at step [1-9]\\d*: .* Job 7 cancelled by a notebook.*;"
                + " --resume_from_checkpoint=latest goes on");
    assertThat(workers.segments).containsExactly(2);
  }

  @Test
  void workersOnTwoKindsOfGpusAreTold() {
    workers.hardware = number -> "amd64, AMD EPYC 7763, gpu NVIDIA " + (number == 0 ? "A10" : "T4");
    run();
    assertThat(incidents)
        .containsExactly(
            "Workers compute on unlike hardware, so another run may give other bits: {amd64, AMD"
                + " EPYC 7763, gpu NVIDIA A10=[host 0], amd64, AMD EPYC 7763, gpu NVIDIA T4=[host"
                + " 1]}");
  }

  @Test
  void aJobThatFailsWithoutAStepEndsTheRun() {
    workers.onLook =
        once(
            1,
            () -> workers.failure = Optional.of(new IllegalStateException("the GPU is on fire")));
    assertThatThrownBy(this::run)
        .isInstanceOf(WorkersLostException.class)
        .hasMessage("A worker failed: the GPU is on fire");
  }

  @Test
  void aWorkerThatDoesNotLeaveIsWaitedForTenSeconds() {
    workers.onLook = once(5, () -> worker(0).stay());
    run();
    assertThat(workers.segments).containsExactly(2);
    assertThat(seconds()).isBetween(10.0 + END / 4.0, 13.0 + END / 4.0);
    sameBytes();
  }

  @Test
  void whoeverStopsItSeesNoFurtherStep() {
    SegmentRunner runner = runner();
    StepListener third =
        (result, timing) -> {
          if (result.step() == 2) {
            runner.stop();
          }
        };
    assertThatThrownBy(() -> runner.run(optimizer, END, third))
        .isInstanceOf(CancellationException.class);
    assertThat(optimizer.state().step()).isEqualTo(3);
    assertThatThrownBy(() -> runner.run(optimizer, END, third))
        .isInstanceOf(CancellationException.class);
    assertThat(optimizer.state().step()).isEqualTo(3);
  }

  @Test
  void aRunBeginsWithAllExecutorsThatWereAskedFor() {
    workers.slots = 0;
    workers.expected = 4;
    workers.onLook = now -> now.slots = Math.min(4, now.looks / 60); // one every three seconds
    runner().awaitExecutors(8);
    assertThat(workers.slots).isEqualTo(4);
    assertThat(seconds()).isBetween(11.0, 13.0);
  }

  @Test
  void aRunBeginsWithFewerExecutorsWhenNoMoreCome() {
    workers.slots = 1;
    workers.expected = 4;
    runner().awaitExecutors(8);
    assertThat(seconds()).isBetween(5.0, 6.0);
  }

  private void run() {
    runner().run(optimizer, END, (result, timing) -> {});
  }

  private SegmentRunner runner() {
    return new SegmentRunner(
        workers,
        workers.clock,
        PATIENCE,
        new Exchange(ExchangeConfig.USUAL),
        Elasticity.Waits.DEFAULT,
        incidents::add);
  }

  private SimulatedWorkers.Worker worker(int number) {
    return workers.working.get(number);
  }

  private static java.util.function.Consumer<SimulatedWorkers> once(int look, Runnable what) {
    return now -> {
      if (now.looks == look) {
        what.run();
      }
    };
  }

  private double seconds() {
    return Duration.ofNanos(workers.clock.nanos() - began).toMillis() / 1e3;
  }

  private void sameBytes() {
    SimulatedWorkers calm = new SimulatedWorkers(1);
    AdapterOptimizer expected = TestOptimizers.adamW(MICRO_BATCHES, PARAMETERS);
    new SegmentRunner(
            calm,
            calm.clock,
            PATIENCE,
            new Exchange(ExchangeConfig.USUAL),
            Elasticity.Waits.DEFAULT,
            incident -> {})
        .run(expected, END, (result, timing) -> {});
    assertThat(optimizer.state().values()).isEqualTo(expected.state().values());
  }
}
