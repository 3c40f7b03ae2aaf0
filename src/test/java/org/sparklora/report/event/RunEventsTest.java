package org.sparklora.report.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sparklora.train.step.StepMemory;
import org.sparklora.train.step.StepResult;
import org.sparklora.train.step.StepTiming;
import org.sparklora.train.step.TimeSplit;
import org.sparklora.util.SteadyClock;

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

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7})
  void aListenerWhoseDiskIsFullForAWhileMissesNothing(int failures) {
    AtomicInteger left = new AtomicInteger(failures);
    List<Long> told = new ArrayList<>();
    RunListener fails =
        event -> {
          if (left.getAndDecrement() > 0) {
            throw new UncheckedIOException(new IOException("No space left on device"));
          }
          told.add(event instanceof RunEvent.Incident incident ? incident.step() : -1L);
        };

    try (RunEvents events = new RunEvents(List.of(fails), 60, new TickingClock(1))) {
      for (long step = 0; step < 500; step++) {
        events.add(incident(step));
      }
    }

    assertThat(told).hasSize(500).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void aListenerThatFailsIsNotTriedAtEachEvent() {
    List<RunEvent> tried = new ArrayList<>();
    RunListener fails =
        event -> {
          tried.add(event);
          throw new UncheckedIOException(new IOException("No space left on device"));
        };

    try (RunEvents events = new RunEvents(List.of(fails), 60, new TickingClock(0))) {
      for (long step = 0; step < 500; step++) {
        events.add(incident(step));
      }
    }

    assertThat(tried).as("at first, and when the run ends").hasSize(2).containsOnly(incident(0));
  }

  @Test
  void aListenerThatKeepsFailingForAnotherReasonEndsItsOwnPartOnly() {
    List<RunEvent> failing = new ArrayList<>();
    List<String> closed = new ArrayList<>();
    List<RunEvent> steady = new ArrayList<>();
    RunListener fails =
        new RunListener() {
          @Override
          public void on(RunEvent event) {
            failing.add(event);
            throw new IllegalStateException("a bug");
          }

          @Override
          public void close() {
            closed.add("closed");
          }
        };

    try (RunEvents events = new RunEvents(List.of(fails, steady::add), 60, new TickingClock(100))) {
      for (long step = 0; step < 20; step++) {
        events.add(incident(step));
      }
    }

    assertThat(failing).hasSize(ListenerRetries.MOST_OTHERS);
    assertThat(closed).hasSize(1);
    assertThat(steady).hasSize(20);
  }

  @Test
  void pausesGrowToAMinute() {
    TickingClock clock = new TickingClock(0);
    ListenerRetries retries = new ListenerRetries(clock);
    List<Integer> pauses = new ArrayList<>();
    for (int failure = 0; failure < 8; failure++) {
      assertThat(retries.afterFailure(new IOException())).isTrue();
      int pause = 0;
      while (!retries.due()) {
        clock.sleep(1000);
        pause++;
      }
      pauses.add(pause);
    }
    assertThat(pauses).containsExactly(1, 2, 4, 8, 16, 32, 60, 60);
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
    try (RunEvents events = new RunEvents(List.of(stuck), 0, SteadyClock.SYSTEM)) {
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
        new StepTiming(
            0.5,
            0.1,
            2,
            new StepMemory(1 << 20, 1 << 20, 0),
            new TimeSplit(0.38, 0.02, 0.097, 0.003, 0)),
        16);
  }
}
