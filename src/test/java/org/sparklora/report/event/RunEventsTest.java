package org.sparklora.report.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;

class RunEventsTest {
  private static RunEvent incident(long step) {
    return new RunEvent.Incident(Instant.EPOCH, step, "a worker was lost");
  }

  @Test
  void tellsEveryListenerEveryEventInOrderAndClosesIt() {
    List<Long> told = new ArrayList<>();
    List<String> closed = new ArrayList<>();
    RunListener listener =
        new RunListener() {
          @Override
          public void on(RunEvent event) {
            told.add(((RunEvent.Incident) event).step());
          }

          @Override
          public void close() {
            closed.add("closed");
          }
        };

    try (RunEvents events = new RunEvents(List.of(listener))) {
      for (long step = 0; step < 100; step++) {
        events.add(incident(step));
      }
    }

    assertThat(told).hasSize(100).isSorted();
    assertThat(closed).containsExactly("closed");
  }

  @Test
  void aListenerThatFailsEndsItsOwnPartOnly() {
    List<RunEvent> failing = new ArrayList<>();
    List<RunEvent> steady = new ArrayList<>();
    RunListener fails =
        event -> {
          failing.add(event);
          throw new IllegalStateException("the tracker's server is gone");
        };

    try (RunEvents events = new RunEvents(List.of(fails, steady::add))) {
      events.add(incident(1));
      events.add(incident(2));
    }

    assertThat(failing).hasSize(1);
    assertThat(steady).hasSize(2);
  }

  @Test
  void aListenerThatWaitsKeepsNobodyWaitingAndMissesStepsOnly() throws Exception {
    CountDownLatch server = new CountDownLatch(1);
    List<RunEvent> slow = new CopyOnWriteArrayList<>();
    List<RunEvent> quick = new CopyOnWriteArrayList<>();
    RunListener waits =
        event -> {
          try {
            server.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          slow.add(event);
        };
    int steps = 2 * ListenerThread.MOST_STEPS;

    try (RunEvents events = new RunEvents(List.of(waits, quick::add))) {
      for (long step = 0; step < steps; step++) {
        events.add(step(step));
        while (quick.size() <= step) {
          Thread.onSpinWait();
        }
      }
      events.add(incident(steps));
      server.countDown();
    }

    assertThat(quick).hasSize(steps + 1);
    assertThat(slow).hasSizeBetween(ListenerThread.MOST_STEPS, ListenerThread.MOST_STEPS + 2);
    assertThat(slow.get(slow.size() - 1)).isInstanceOf(RunEvent.Incident.class);
  }

  @Test
  void closingDoesNotWaitForAListenerForEver() {
    RunListener stuck =
        event -> {
          try {
            Thread.sleep(60_000);
          } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
          }
        };
    long began = System.nanoTime();
    try (RunEvents events = new RunEvents(List.of(stuck), 0)) {
      events.add(incident(0));
    }
    assertThat(System.nanoTime() - began).isLessThan(10_000_000_000L);
  }

  @Test
  void nothingIsToldAfterTheEnd() {
    List<RunEvent> told = new ArrayList<>();
    try (RunEvents events = new RunEvents(List.of(told::add))) {
      events.add(new RunEvent.Killed(Instant.EPOCH, 3));
      events.add(new RunEvent.Failed(Instant.EPOCH, 3, "Spark is gone"));
      events.add(step(3));
    }
    assertThat(told).containsExactly(new RunEvent.Killed(Instant.EPOCH, 3));
  }

  private static RunEvent step(long step) {
    return new RunEvent.Stepped(
        Instant.EPOCH,
        new StepResult(step, 0.1, 1, 1e-3, 1f, false),
        new StepTiming(0.5, 0.1, 2, 1 << 20, 1 << 20, new TimeSplit(0.38, 0.02, 0.097, 0.003, 0)),
        16);
  }
}
