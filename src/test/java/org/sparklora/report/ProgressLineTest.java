package org.sparklora.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.sparklora.train.step.StepResult;

class ProgressLineTest {
  private final AtomicLong clock = new AtomicLong();
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  @Test
  void tellsSpeedAndTimeLeftFromTheSecondStepOn() {
    ProgressLine progress = progress(false, 8001);
    StepResult result = new StepResult(0, 0.5, 0.0471, 1e-3, 1f, false);
    clock.addAndGet(60_000_000_000L); // the workers start
    progress.onStep(result);
    assertThat(progress.format(result))
        .isEqualTo("step 1/8001  loss 0.5000 (last 0.5000)  lr 1.00e-03  grad norm 0.0471");
    clock.addAndGet(500_000_000);
    progress.onStep(result);
    assertThat(progress.format(result)).endsWith("  16.0 images/s  1 h 6 min left");
  }

  @Test
  void aPauseIsNoStep() {
    ProgressLine progress = progress(false, 100);
    run(progress, 3);
    String before = progress.format(new StepResult(2, 0.1, 1, 1e-3, 1f, false));
    progress.paused();
    clock.addAndGet(600_000_000_000L); // validation
    StepResult next = new StepResult(2, 0.1, 1, 1e-3, 1f, false);
    progress.onStep(next);
    assertThat(progress.format(next)).isEqualTo(before);
  }

  @Test
  void smoothsTheLossAndForgetsAnOverflow() {
    ProgressLine progress = progress(false, 100);
    for (int step = 0; step < 60; step++) {
      progress.onStep(new StepResult(step, step % 2, 1, 1e-3, 1f, false));
    }
    StepResult overflow = new StepResult(60, Double.NaN, Double.POSITIVE_INFINITY, 1e-3, 1f, true);
    progress.onStep(overflow);
    assertThat(progress.format(overflow))
        .contains("loss 0.51", "(last NaN)")
        .endsWith("skipped: gradient not finite");
  }

  @Test
  void writesALineEveryTenSecondsAndAtTheEndIntoALog() {
    ProgressLine progress = progress(false, 50);
    run(progress, 50);
    assertThat(printed().lines().map(line -> line.substring(0, 8)))
        .containsExactly("step 1/5", "step 11/", "step 21/", "step 31/", "step 41/", "step 50/");
    assertThat(printed()).doesNotContain("\r");
  }

  @Test
  void rewritesTheLineOnATerminal() {
    ProgressLine progress = progress(true, 5);
    run(progress, 5);
    assertThat(printed()).startsWith("\rstep 1/5").endsWith(System.lineSeparator());
    assertThat(printed().split("\r", -1)).hasSize(6);
  }

  private ProgressLine progress(boolean terminal, long steps) {
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return new ProgressLine(out, terminal, steps, 8, clock::get);
  }

  /** Steps of one second. */
  private void run(ProgressLine progress, int steps) {
    for (int step = 0; step < steps; step++) {
      clock.addAndGet(1_000_000_000);
      progress.onStep(new StepResult(step, 0.1, 1, 1e-3, 1f, false));
    }
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
