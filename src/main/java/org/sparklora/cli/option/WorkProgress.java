package org.sparklora.cli.option;

import java.io.PrintWriter;

/** Prints a line about the progress of long work now and then. Short work prints none. */
public final class WorkProgress {
  private static final long EVERY_NANOS = 2_000_000_000L;

  private final PrintWriter out;
  private final String what;
  private final int total;
  private long lastPrinted = System.nanoTime();

  /**
   * @param what the things that are counted and the work on them, in words
   */
  public WorkProgress(PrintWriter out, String what, int total) {
    this.out = out;
    this.what = what;
    this.total = total;
  }

  /** Records how many are done. Any thread may call it. */
  public synchronized void done(int done) {
    long now = System.nanoTime();
    if (now - lastPrinted >= EVERY_NANOS) {
      lastPrinted = now;
      out.println(what + " " + done + "/" + total);
      out.flush();
    }
  }
}
