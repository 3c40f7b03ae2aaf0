package org.sparklora.report;

import java.io.Console;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.sparklora.train.step.StepResult;
import org.sparklora.util.Times;

/** One line about the progress of training; see {@link LiveLine}. */
public final class ProgressLine {
  /**
   * Number of steps over which the speed is measured: enough to be steady, and few enough to forget
   * the start.
   */
  private static final int WINDOW = 20;

  /** The weight of the past in the smoothed loss: a mean over about 20 steps. */
  private static final double SMOOTHING = 0.95;

  private final LiveLine line;
  private final long totalSteps;
  private final int imagesPerStep;
  private final LongSupplier nanoTime;
  private final Deque<Double> seconds = new ArrayDeque<>();
  private long before;
  private boolean hasBefore;
  private double weightedLoss;
  private double weight;

  /**
   * @param terminal whether {@code out} is one, see {@link #isTerminal()}
   * @param totalSteps {@code --max_train_steps}
   * @param imagesPerStep micro-batches a step times {@code --train_batch_size}
   */
  public ProgressLine(PrintStream out, boolean terminal, long totalSteps, int imagesPerStep) {
    this(out, terminal, totalSteps, imagesPerStep, System::nanoTime);
  }

  ProgressLine(
      PrintStream out,
      boolean terminal,
      long totalSteps,
      int imagesPerStep,
      LongSupplier nanoTime) {
    this.line = new LiveLine(out, terminal, nanoTime);
    this.totalSteps = totalSteps;
    this.imagesPerStep = imagesPerStep;
    this.nanoTime = nanoTime;
  }

  /** Whether this process talks to a terminal that can rewrite a line. */
  // From JDK 22 on there is a console even without a terminal, and a method that tells.
  @SuppressWarnings("SystemConsoleNull")
  public static boolean isTerminal() {
    Console console = System.console();
    if (console == null || "dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }

  /** Records a finished step, and prints the line if it is due. */
  public void onStep(StepResult result) {
    long now = nanoTime.getAsLong();
    if (hasBefore) {
      seconds.add((now - before) / 1e9);
    }
    before = now;
    hasBefore = true;
    if (seconds.size() > WINDOW) {
      seconds.remove();
    }
    if (Double.isFinite(result.loss())) {
      weightedLoss = SMOOTHING * weightedLoss + (1 - SMOOTHING) * result.loss();
      weight = SMOOTHING * weight + (1 - SMOOTHING);
    }
    boolean last = result.step() + 1 >= totalSteps;
    if (last || line.isDue()) {
      line.print(format(result), (result.step() + 1.0) / totalSteps, last);
    }
  }

  /**
   * Records that something other than training took time, such as a validation. The next step's
   * time then says nothing about speed. The first step, in which the workers start, does not count
   * either.
   */
  public void paused() {
    hasBefore = false;
  }

  /** The line after a step: progress, loss, learning rate, speed, time left. */
  public String format(StepResult result) {
    double each = seconds.stream().mapToDouble(one -> one).average().orElse(0);
    long done = result.step() + 1;
    String line =
        String.format(
            Locale.ROOT,
            "step %d/%d  loss %.4f (last %.4f)  lr %.2e  grad norm %.3g",
            done,
            totalSteps,
            weightedLoss / weight,
            result.loss(),
            result.learningRate(),
            result.gradientNorm());
    if (each > 0) {
      line +=
          String.format(
              Locale.ROOT,
              "  %.1f images/s  %s left",
              imagesPerStep / each,
              Times.span(Math.round((totalSteps - done) * each)));
    }
    return result.skipped() ? line + "  skipped: gradient not finite" : line;
  }
}
