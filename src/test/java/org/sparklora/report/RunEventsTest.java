package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
