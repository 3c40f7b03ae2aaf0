package org.sparklora.spark.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class StartTimesTest {
  private static final Instant SUBMITTED = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void addsUpTheParts() {
    StartTimes times = new StartTimes(SUBMITTED);
    times.mark("Java", SUBMITTED.plusMillis(1200));
    times.mark("first step", SUBMITTED.plusMillis(5000));

    assertThat(times.text()).isEqualTo("5 s after submit: Java 1.2 s, first step 3.8 s");
  }

  @Test
  void aPartThatEndedBeforeTheLastTookNoTime() {
    StartTimes times = new StartTimes(SUBMITTED);
    times.mark("latents", SUBMITTED.plusSeconds(3));
    times.mark("executors", SUBMITTED.plusSeconds(2));
    times.mark("model", SUBMITTED.plusSeconds(4));

    assertThat(times.text()).isEqualTo("4 s after submit: latents 3 s, executors 0 s, model 1 s");
  }

  @Test
  void countsFromTheStartOfThisProcess() {
    StartTimes times = StartTimes.sinceSubmit();
    times.mark("Java");

    assertThat(times.text()).matches(".+ after submit: Java .+ s");
  }
}
