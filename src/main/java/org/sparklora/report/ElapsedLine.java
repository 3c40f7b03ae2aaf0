package org.sparklora.report;

import java.io.PrintStream;
import java.util.function.LongSupplier;
import org.sparklora.util.Times;

/** One line about work whose progress is unknown; see {@link LiveLine}. */
public final class ElapsedLine {
  private final LiveLine line;
  private final String what;
  private final LongSupplier nanoTime;
  private final long began;
  private boolean shown;

  /**
   * @param terminal whether {@code out} is a terminal, see {@link ProgressLine#isTerminal()}
   * @param what the name of the work, for the line
   */
  public ElapsedLine(PrintStream out, boolean terminal, String what) {
    this(out, terminal, what, System::nanoTime);
  }

  ElapsedLine(PrintStream out, boolean terminal, String what, LongSupplier nanoTime) {
    this.line = new LiveLine(out, terminal, nanoTime);
    this.what = what;
    this.nanoTime = nanoTime;
    this.began = nanoTime.getAsLong();
  }

  /** Shows how long the work has taken, if a new line is due. */
  public void show() {
    if (line.isDue()) {
      print(false);
    }
  }

  /** Ends the line when the work is done. */
  public void end() {
    if (shown) {
      print(true);
    }
  }

  private void print(boolean last) {
    shown = true;
    long seconds = Math.round((nanoTime.getAsLong() - began) / 1e9);
    line.print(what + "  " + Times.span(seconds), last);
  }
}
