package org.sparklora.report;

import java.io.PrintStream;
import java.util.function.LongSupplier;

/**
 * A line that shows progress. On a terminal it is rewritten in place. Elsewhere, such as in a
 * driver's log, there is a new line every ten seconds and at the end.
 */
final class LiveLine {
  private static final int BAR = 20;
  private static final long TERMINAL_NANOS = 100_000_000L;
  private static final long LOG_NANOS = 10_000_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private long lastPrinted;
  private int lastLength;

  LiveLine(PrintStream out, boolean terminal, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.lastPrinted = nanoTime.getAsLong() - LOG_NANOS;
  }

  /** Whether it is time for a new state. */
  boolean isDue() {
    return nanoTime.getAsLong() - lastPrinted >= (terminal ? TERMINAL_NANOS : LOG_NANOS);
  }

  /**
   * Prints a state.
   *
   * @param last whether the line stays
   */
  void print(String line, boolean last) {
    lastPrinted = nanoTime.getAsLong();
    if (out instanceof TerminalStream shown) {
      shown.progress(line, last);
    } else if (terminal) {
      out.print("\r" + line + " ".repeat(Math.max(0, lastLength - line.length())));
      lastLength = line.length();
      if (last) {
        out.println();
        lastLength = 0;
      }
    } else {
      out.println(line);
    }
    out.flush();
  }

  /**
   * Prints a state, on a terminal with a bar before it.
   *
   * @param fraction of the work that is done, from 0 to 1
   */
  void print(String line, double fraction, boolean last) {
    print(out instanceof TerminalStream ? bar(fraction) + " " + line : line, last);
  }

  private static String bar(double fraction) {
    int filled = (int) Math.round(BAR * Math.max(0, Math.min(1, fraction)));
    String bar = "#".repeat(filled) + "-".repeat(BAR - filled);
    return System.getenv("NO_COLOR") == null ? "\033[36m[" + bar + "]\033[0m" : "[" + bar + "]";
  }
}
