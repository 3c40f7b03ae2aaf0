package org.sparklora.report;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.sparklora.util.Times;

/** One line about the training of many subjects or trials; see {@link LiveLine}. */
public final class SubjectProgress {
  private final LiveLine line;
  private final String what;
  private final int subjects;
  private final long steps;
  private final LongSupplier nanoTime;
  private final long began;

  /**
   * @param terminal whether {@code out} is one, see {@link ProgressLine#isTerminal()}
   * @param what they are called, such as subjects
   * @param subjects in all
   * @param steps that are not trained yet, of all subjects
   */
  public SubjectProgress(PrintStream out, boolean terminal, String what, int subjects, long steps) {
    this(out, terminal, what, subjects, steps, System::nanoTime);
  }

  SubjectProgress(
      PrintStream out,
      boolean terminal,
      String what,
      int subjects,
      long steps,
      LongSupplier nanoTime) {
    this.what = what;
    this.line = new LiveLine(out, terminal, nanoTime);
    this.subjects = subjects;
    this.steps = steps;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
  }

  /**
   * Records the progress. Prints the line if it is due, and at the end.
   *
   * @param done number of subjects that are finished or have failed
   * @param failed number of these that have failed
   * @param counted steps since the beginning
   */
  public void on(int done, int failed, long counted) {
    // Those of a task that is just ending may be counted twice.
    long trained = Math.min(counted, steps);
    boolean last = done >= subjects;
    if (last || line.isDue()) {
      String failures = failed == 0 ? "" : ", " + failed + " failed";
      line.print(
          String.format(
              Locale.ROOT,
              "%s %d/%d%s  step %d/%d%s",
              what,
              done,
              subjects,
              failures,
              trained,
              steps,
              speed(trained)),
          last);
    }
  }

  private String speed(long trained) {
    double seconds = (nanoTime.getAsLong() - began) / 1e9;
    if (trained <= 0 || seconds <= 0) {
      return "";
    }
    return String.format(
        Locale.ROOT,
        "  %.2f steps/s  %s left",
        trained / seconds,
        Times.span(Math.round(Math.max(0, steps - trained) * seconds / trained)));
  }
}
