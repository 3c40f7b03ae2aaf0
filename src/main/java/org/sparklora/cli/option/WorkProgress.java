package org.sparklora.cli.option;

import java.io.PrintWriter;

/** A line now and then on how far long work is; none where it is soon done. */
public final class WorkProgress {
  private static final long EVERY_NANOS = 2_000_000_000L;

  private final PrintWriter out;
  private final String what;
  private final int total;
  private long lastPrinted = System.nanoTime();

  /**
   * @param what is counted, with what is done to it
   */
  public WorkProgress(PrintWriter out, String what, int total) {
    this.out = out;
    this.what = what;
    this.total = total;
  }

  /** Takes how many are done; from any thread. */
  public synchronized void done(int done) {
    long now = System.nanoTime();
    if (now - lastPrinted >= EVERY_NANOS) {
      lastPrinted = now;
      out.println(what + " " + done + "/" + total);
      out.flush();
    }
  }
}
