package org.sparklora.report;

import java.io.PrintStream;
import java.util.Locale;
import org.sparklora.train.StepListener;
import org.sparklora.train.StepResult;

/**
 * Prints a line now and then: step, loss, learning rate, images per second, remaining time. A
 * terminal's line is written over, a log gets a new one.
 */
public final class ProgressLine implements StepListener {
  private static final double SMOOTHING = 0.98;
  private static final double TERMINAL_SECONDS = 0.5;
  private static final double LOG_SECONDS = 10;

  private final long steps;
  private final long samplesPerStep;
  private final PrintStream out;
  private final boolean terminal;
  private double loss = Double.NaN;
  private double secondsPerStep = Double.NaN;
  private double sinceLine = Double.POSITIVE_INFINITY;

  /**
   * A line for one run.
   *
   * @param steps of the whole run
   * @param out where it is printed
   * @param terminal whether a line can be written over
   */
  public ProgressLine(long steps, long samplesPerStep, PrintStream out, boolean terminal) {
    this.steps = steps;
    this.samplesPerStep = samplesPerStep;
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void onStep(StepResult result, double seconds) {
    loss = smoothed(loss, result.loss());
    // The first step of a segment carries the loading of the model.
    secondsPerStep =
        Double.isNaN(secondsPerStep)
            ? seconds
            : Math.min(seconds, smoothed(secondsPerStep, seconds));
    sinceLine += seconds;
    boolean last = result.step() + 1 == steps;
    if (last || sinceLine >= (terminal ? TERMINAL_SECONDS : LOG_SECONDS)) {
      sinceLine = 0;
      out.print(terminal ? "\r" + line(result) + (last ? "\n" : "") : line(result) + "\n");
      out.flush();
    }
  }

  /** The line after a step. */
  String line(StepResult result) {
    long done = result.step() + 1;
    long remaining = Math.round((steps - done) * secondsPerStep);
    return String.format(
        Locale.ROOT,
        "step %d/%d  loss %.4f (mean %.4f)  grad %.3g  lr %.3g  %.1f images/s  %d:%02d:%02d left%s",
        done,
        steps,
        result.loss(),
        loss,
        result.gradientNorm(),
        result.learningRate(),
        samplesPerStep / secondsPerStep,
        remaining / 3600,
        remaining / 60 % 60,
        remaining % 60,
        result.skipped() ? "  (not finite, skipped)" : "");
  }

  private static double smoothed(double before, double now) {
    return Double.isNaN(before) ? now : SMOOTHING * before + (1 - SMOOTHING) * now;
  }
}
