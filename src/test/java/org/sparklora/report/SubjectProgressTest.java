package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SubjectProgressTest {
  private final AtomicLong clock = new AtomicLong();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Test
  void tellsHowManyAreDoneAndHowFast() {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    SubjectProgress progress = new SubjectProgress(out, false, "subjects", 3, 1200, clock::get);
    progress.on(0, 0, 0);
    clock.addAndGet(5_000_000_000L);
    progress.on(0, 0, 10); // not due
    clock.addAndGet(15_000_000_000L);
    progress.on(1, 0, 400);
    clock.addAndGet(20_000_000_000L);
    progress.on(3, 1, 800);
    assertThat(bytes.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "subjects 0/3  step 0/1200",
            "subjects 1/3  step 400/1200  20.00 steps/s  40 s left",
            "subjects 3/3, 1 failed  step 800/1200  20.00 steps/s  20 s left");
  }
}
