package org.sparklora.util;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sparklora.util.Retries.Outcome;

class RetriesTest {
  private final List<Long> slept = new ArrayList<>();
  private final Retries retries =
      new Retries(
          Duration.ofMillis(100),
          new SteadyClock() {
            @Override
            public long nanos() {
              return 0;
            }

            @Override
            public void sleep(long millis) {
              slept.add(millis);
            }
          });

  @Test
  void pausesDoubleUntilAnAttemptSucceeds() throws Exception {
    String result =
        retries.until(number -> number < 4 ? Outcome.again() : Outcome.done("at " + number));
    assertThat(result).isEqualTo("at 4");
    assertThat(slept).containsExactly(100L, 200L, 400L);
  }

  @Test
  void anAttemptMayAskForAnotherPause() throws Exception {
    retries.until(
        number -> number == 1 ? Outcome.againAfter(Duration.ofSeconds(7)) : Outcome.done(""));
    assertThat(slept).containsExactly(7000L);
  }

  @Test
  void aFailureForGoodIsThrownAtOnce() {
    assertThatThrownBy(
            () ->
                retries.until(
                    number -> {
                      throw new IOException("gone");
                    }))
        .hasMessage("gone");
    assertThat(slept).isEmpty();
  }
}
