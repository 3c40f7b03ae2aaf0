package org.sparklora.report;

import java.io.Console;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.sparklora.train.StepResult;

/**
 * One line on how training goes: on a terminal rewritten in place, elsewhere, such as a driver's
 * log, a new line every ten seconds and at the last step.
 */
public final class ProgressLine {
  private static final long TERMINAL_NANOS = 100_000_000L;
  private static final long LOG_NANOS = 10_000_000_000L;

  /**
   * Steps the speed is measured over: long enough to be steady, short enough to forget start-up.
   */
  private static final int WINDOW = 20;

  /** The weight of the past in the smoothed loss: a mean over about 20 steps. */
  private static final double SMOOTHING = 0.95;

  private final PrintStream out;
  private final boolean terminal;
  private final long totalSteps;
  private final int imagesPerStep;
  private final LongSupplier nanoTime;
  private final Deque<Long> times = new ArrayDeque<>();
  private double weightedLoss;
  private double weight;
  private long lastPrinted;
  private int lastLength;

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
    this.out = out;
    this.terminal = terminal;
    this.totalSteps = totalSteps;
    this.imagesPerStep = imagesPerStep;
    this.nanoTime = nanoTime;
    long now = nanoTime.getAsLong();
    times.add(now);
    lastPrinted = now - LOG_NANOS;
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

  /** Takes a finished step and prints the line when it is due. */
  public void onStep(StepResult result) {
    long now = nanoTime.getAsLong();
    times.add(now);
    if (times.size() > WINDOW + 1) {
      times.remove();
    }
    if (Double.isFinite(result.loss())) {
      weightedLoss = SMOOTHING * weightedLoss + (1 - SMOOTHING) * result.loss();
      weight = SMOOTHING * weight + (1 - SMOOTHING);
    }
    boolean last = result.step() + 1 >= totalSteps;
    if (last || now - lastPrinted >= (terminal ? TERMINAL_NANOS : LOG_NANOS)) {
      lastPrinted = now;
      print(format(result), last);
    }
  }

  /** The line for a step already taken: how far, loss, learning rate, speed, time left. */
  public String format(StepResult result) {
    double seconds = (times.getLast() - times.getFirst()) / 1e9 / Math.max(1, times.size() - 1);
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
    if (seconds > 0) {
      line +=
          String.format(
              Locale.ROOT,
              "  %.1f images/s  %s left",
              imagesPerStep / seconds,
              duration(Math.round((totalSteps - done) * seconds)));
    }
    return result.skipped() ? line + "  skipped: gradient not finite" : line;
  }

  private static String duration(long seconds) {
    return String.format(
        Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  private void print(String line, boolean last) {
    if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, lastLength - line.length())));
      lastLength = line.length();
      if (last) {
        out.println();
      }
    } else {
      out.println(line);
    }
    out.flush();
  }
}
